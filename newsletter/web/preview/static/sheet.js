// The frames that show the email: as tall as what they hold, and changed without a flicker.

const watching = new WeakMap();

// Puts new frames in place of the old ones once they have loaded; false where there are none.
export function swap(region, fresh) {
  const now = region.querySelector("[data-frames]");
  const next = fresh.querySelector("[data-frames]");
  if (!now || !next) return false;
  const wanted = [...next.querySelectorAll("iframe")];
  for (const frame of now.querySelectorAll("iframe")) {
    if (!wanted.some((each) => each.id === frame.id)) frame.remove();
  }
  for (const frame of wanted) replace(now, frame);
  return true;
}

function replace(sheet, wanted) {
  for (const pending of sheet.querySelectorAll(`iframe[data-coming="${wanted.id}"]`)) pending.remove();
  const old = sheet.querySelector(`#${wanted.id}`);
  if (old?.getAttribute("src") === wanted.getAttribute("src")) return;
  const frame = document.importNode(wanted);
  frame.removeAttribute("id");
  frame.dataset.coming = wanted.id;
  frame.addEventListener("load", () => {
    old?.remove();
    frame.id = wanted.id;
    delete frame.dataset.coming;
    settle();
  });
  sheet.append(frame);
}

// Fits every frame to what it holds, and the sheet to the room there is.
export function settle() {
  const region = document.querySelector("[data-sheet]");
  const sheet = region?.querySelector("[data-frames]");
  if (!sheet) return;
  const width = Number(region.dataset.width);
  const scale = Math.min(1, region.clientWidth / width);
  let tallest = 0;
  for (const frame of sheet.querySelectorAll("iframe")) {
    frame.style.width = `${width}px`;
    frame.style.transform = scale < 1 ? `scale(${scale})` : "";
    observe(frame);
    const height = measure(frame);
    if (height) {
      frame.style.height = `${height}px`;
      tallest = Math.max(tallest, height);
    }
  }
  sheet.style.width = `${width * scale}px`;
  if (tallest) sheet.style.height = `${tallest * scale}px`;
}

function measure(frame) {
  const body = frame.contentDocument?.body;
  return body ? Math.ceil(body.getBoundingClientRect().bottom) : 0;
}

function observe(frame) {
  const body = frame.contentDocument?.body;
  if (!body || watching.get(frame) === body) return;
  watching.set(frame, body);
  new ResizeObserver(settle).observe(body);
}

addEventListener("resize", settle);
document.addEventListener("load", settle, true);
