// The page as one view after another: links and forms fetch the next, and what differs is put in.
import { act, acting, awaitActs, showActs } from "./acting.js";
import { follow } from "./follow.js";
import { keepOutcomes, renewParts, watchFields } from "./panels.js";
import { draggable, settle, swap } from "./sheet.js";
import { isWriting, keepWords, restoreWords } from "./words.js";

const root = document.documentElement;
let fetching = null;
let loading = null;

// The page that an answer holds; null where it holds none, which is said at the head of the page.
async function ask(request, options) {
  let answer, text;
  try {
    answer = await fetch(request, options);
    text = await answer.text();
  } catch (error) {
    // Another wish came, or nobody answers: the head of the page says so.
    if (error.name === "AbortError") return null;
    if (!(error instanceof TypeError)) throw error;
    if (request.method === "POST") notice("Nobody answered. What you wrote is still here.", true);
    return null;
  }
  if (answer.headers.get("Content-Type")?.startsWith("text/html")) {
    return new DOMParser().parseFromString(text, "text/html");
  }
  notice(
    answer.status >= 500
      ? "The preview failed at this, which is a fault of its own: see where it was started."
      : text,
    true,
  );
  return null;
}

async function load(url, { push }) {
  fetching?.abort();
  const mine = fetching = new AbortController();
  const next = await ask(url, { signal: mine.signal });
  if (fetching === mine) fetching = null;
  if (next) show(next, push);
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
    if (!fresh || (!moved && !push && isWriting(region))) continue;
    if (!moved && !push) keepOutcomes(region, fresh);
    renew(region, fresh);
  }
  restoreWords();
  showActs();
  if (moved) document.querySelector("[data-here]")?.scrollIntoView({ block: "center" });
}

function renew(region, fresh) {
  if (region.isEqualNode(fresh) || renewParts(region, fresh)) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  for (const { name, value } of fresh.attributes) region.setAttribute(name, value);
  if (!swap(region, fresh)) region.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  settle();
}

function notice(words, failed) {
  const said = Object.assign(document.createElement("p"), { textContent: words });
  said.classList.toggle("failed", failed);
  document.getElementById("notice").replaceChildren(said);
}

export function go(url, { push = true } = {}) {
  return loading = load(url, { push });
}

function send(form, { by = null, push = true } = {}) {
  if (form.method === "post") return act(form, by, post);
  return go(`${form.getAttribute("action") ?? "/"}?${new URLSearchParams(new FormData(form))}`, { push });
}

// What came of a form is shown where it was sent; one who went elsewhere meanwhile is told there.
async function post(form, fields) {
  const from = root.dataset.url;
  const next = await ask(new Request(form.action, { method: "POST", body: fields }));
  if (!next) return;
  const told = next.querySelector(".outcome p, #notice p");
  const failed = told?.className === "failed";
  if (!failed) keepWords.forget(form);
  await loading;
  if (root.dataset.url === from) return show(next, true);
  await go(location.href, { push: false });
  if (told) notice(told.textContent, failed);
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
