// The frames that show the email: as tall as what they hold, and changed without a flicker.

// The body that each frame holds; one that is watched keeps its whole document alive.
const watched = new Map();
const resizing = new ResizeObserver(() => settle());
let pointed = "";

// Puts new frames in place of the old ones once they have loaded; false where there are none.
export function swap(region, fresh) {
  const now = region.querySelector(".frames");
  const next = fresh.querySelector(".frames");
  if (!now || !next) return false;
  // What stands around the frames is put in at once.
  for (const old of [...region.querySelectorAll(".opened, .compare, .envelope, .remark")]) old.remove();
  const sheet = region.querySelector(".sheet");
  for (const part of fresh.querySelectorAll(".opened, .compare, .envelope, .remark")) {
    if (part.matches(".opened, .compare")) sheet.before(part);
    else if (part.matches(".envelope")) sheet.prepend(part);
    else sheet.after(part);
  }
  const wanted = [...next.querySelectorAll("iframe")];
  for (const frame of now.querySelectorAll("iframe[id]")) {
    if (!wanted.some((each) => each.id === frame.id)) frame.remove();
  }
  for (const frame of wanted) replace(now, frame);
  return true;
}

function replace(frames, wanted) {
  for (const late of frames.querySelectorAll(`[data-coming="${wanted.id}"]`)) late.remove();
  const old = frames.querySelector(`#${wanted.id}`);
  if (old?.getAttribute("src") === wanted.getAttribute("src")) return;
  const frame = document.importNode(wanted);
  frame.removeAttribute("id");
  frame.dataset.coming = wanted.id;
  // Once: a listener that stayed would keep the old frame, and that one the one before it.
  frame.addEventListener("load", () => {
    if (!frame.isConnected) return;
    settle();
    old?.remove();
    frame.id = wanted.id;
    delete frame.dataset.coming;
    settle();
  }, { once: true });
  frames.append(frame);
}

// Fits every frame to what it holds, and the sheet to the room there is.
export function settle() {
  for (const frame of watched.keys()) if (!frame.isConnected) release(frame);
  const region = document.querySelector("[data-sheet]");
  const sheet = region?.querySelector(".sheet");
  if (!sheet) return;
  const width = Number(region.dataset.width);
  const scale = Math.min(1, region.clientWidth / width);
  const frames = sheet.querySelector(".frames");
  let tallest = 0;
  for (const frame of frames.querySelectorAll("iframe")) {
    const height = fit(frame, width, scale);
    if (!frame.dataset.coming) tallest = Math.max(tallest, height);
  }
  sheet.style.width = `${Math.floor(width * scale)}px`;
  sheet.style.setProperty("--split", `${region.dataset.split}%`);
  if (tallest) frames.style.height = `${tallest * scale}px`;
  sheet.dataset.scale = scale < 1 ? `${Math.round(scale * 100)} %` : "";
  point(region, frames.querySelector("#email"), scale);
}

function fit(frame, width, scale) {
  frame.style.width = `${width}px`;
  frame.style.transform = scale < 1 ? `scale(${scale})` : "";
  const body = frame.contentDocument?.body;
  if (!body) return 0;
  if (watched.get(frame) !== body) {
    release(frame);
    watched.set(frame, body);
    resizing.observe(body);
  }
  const height = Math.ceil(body.getBoundingClientRect().bottom);
  if (height) frame.style.height = `${height}px`;
  return height;
}

function release(frame) {
  if (watched.has(frame)) resizing.unobserve(watched.get(frame));
  watched.delete(frame);
}

// Outlines the element that the view points at, and brings it into sight when it is a new one.
function point(region, frame, scale) {
  const { place } = region.dataset;
  const ring = region.querySelector(".ring") ?? Object.assign(document.createElement("div"), { className: "ring" });
  const found = place && frame?.contentDocument && find(frame.contentDocument, place);
  if (!found) {
    ring.remove();
    pointed = place && pointed;
    return;
  }
  const box = found.getBoundingClientRect();
  for (const [side, size] of [["left", box.left], ["top", box.top], ["width", box.width], ["height", box.height]]) {
    ring.style[side] = `${size * scale}px`;
  }
  if (!ring.isConnected) frame.parentElement.append(ring);
  if (pointed === place) return;
  pointed = place;
  ring.scrollIntoView({ block: "center" });
}

function find(email, path) {
  try {
    const found = email.evaluate(path, email, null, XPathResult.FIRST_ORDERED_NODE_TYPE, null);
    return found.singleNodeValue;
  } catch (error) {
    if (error.name === "SyntaxError" || error.name === "InvalidExpressionError") return null;
    throw error;
  }
}

// The right edge of the sheet can be drawn to any width, and the split to any place.
export function draggable({ done }) {
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip) return;
    const region = grip.closest("[data-sheet]");
    const [start, from] = [event.clientX, Number(region.dataset.width)];
    const field = document.getElementById("width");
    const move = ({ clientX }) => {
      const width = Math.round(from + 2 * (clientX - start));
      region.dataset.width = Math.min(Math.max(width, field.min), field.max);
      field.value = region.dataset.width;
      settle();
    };
    const end = () => {
      grip.removeEventListener("pointermove", move);
      done(field.form);
    };
    grip.setPointerCapture(event.pointerId);
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", end, { once: true });
    grip.addEventListener("pointercancel", end, { once: true });
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "split") return;
    event.target.closest("[data-sheet]").dataset.split = event.target.value;
    settle();
  });
}

addEventListener("resize", settle);
document.addEventListener("load", settle, true);
