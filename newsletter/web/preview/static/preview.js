// The page as one view after another: links and forms fetch the next, and what differs is put in.
import { draggable, settle, swap } from "./sheet.js";
import { follow } from "./follow.js";
import { keepOutcomes, renewParts, watchFields } from "./panels.js";

const root = document.documentElement;
let fetching = null;
let acting = null;

async function load(request, { push }) {
  fetching?.abort();
  const mine = fetching = new AbortController();
  let text;
  try {
    const answer = await fetch(request, { signal: mine.signal });
    text = await answer.text();
    if (!answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  } catch (error) {
    // Another wish came, or nobody answers: the head of the page says so.
    if (error.name === "AbortError" || error instanceof TypeError) return;
    throw error;
  } finally {
    if (fetching === mine) fetching = null;
  }
  show(new DOMParser().parseFromString(text, "text/html"), push);
}

function show(next, push) {
  const { mark, url } = next.documentElement.dataset;
  const moved = url !== root.dataset.url;
  Object.assign(root.dataset, { mark, url });
  if (moved) history[push ? "pushState" : "replaceState"](null, "", url);
  document.title = next.title;
  document.body.className = next.body.className;
  for (const region of document.querySelectorAll("[data-region]")) {
    const fresh = next.getElementById(region.id);
    if (!fresh || isBusy(region, moved)) continue;
    if (!moved && !push) keepOutcomes(region, fresh);
    renew(region, fresh);
  }
  if (moved) document.querySelector("[data-here]")?.scrollIntoView({ block: "center" });
}

// What somebody is writing is not taken away by a change to a file.
function isBusy(region, moved) {
  return !moved && region.querySelector("form[data-dirty]") !== null;
}

function renew(region, fresh) {
  if (region.isEqualNode(fresh) || renewParts(region, fresh)) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  for (const { name, value } of fresh.attributes) region.setAttribute(name, value);
  if (!swap(region, fresh)) region.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  settle();
}

export function go(url, { push = true } = {}) {
  return load(url, { push });
}

function send(form, { by = null, push = true } = {}) {
  const fields = new URLSearchParams(new FormData(form, by));
  delete form.dataset.dirty;
  if (form.method === "post") {
    // Its answer says what came of it, so that no reload may cut it off.
    acting = load(new Request(form.action, { method: "POST", body: fields }), { push: true });
    return acting.finally(() => { acting = null; });
  }
  return go(`${form.getAttribute("action") ?? "/"}?${fields}`, { push });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-go], form[data-do]");
  if (!form) return;
  event.preventDefault();
  send(form, { by: event.submitter });
});

// A form that only changes the view needs no button; one that acts does.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-go]:not([data-live])");
  if (form?.reportValidity()) send(form);
});

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-do]");
  if (form) form.dataset.dirty = "";
});

addEventListener("popstate", () => go(location.href, { push: false }));

follow(async (news) => {
  await acting;
  if (news.mark !== root.dataset.mark) go(location.href, { push: false });
});
draggable({ done: send });
// Mail comes into the sandbox while its list is open.
setInterval(() => {
  const list = document.getElementById("sandbox");
  if (!list || document.hidden || acting || fetching || list.contains(document.activeElement)) return;
  if (!document.querySelector("form[data-dirty]")) go(location.href, { push: false });
}, 2000);
watchFields({ changed: (form) => send(form, { push: false }) });
document.querySelector("[data-here]")?.scrollIntoView({ block: "center" });
settle();
