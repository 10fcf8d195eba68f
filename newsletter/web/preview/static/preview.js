// The page as one view after another: links and forms fetch the next, and what differs is put in.
import { act, acting, showActs } from "./acting.js";
import { follow } from "./follow.js";
import { keepOutcomes, renewParts, watchFields } from "./panels.js";
import { draggable, settle, swap } from "./sheet.js";
import { isWriting, restoreWords, settleWords } from "./words.js";

const root = document.documentElement;
let fetching = null;
let loading = null;

// The page that an answer holds; null where it holds none, which is said above the email.
async function ask(request, options) {
  const stays = request.method === "POST";
  let answer, text;
  try {
    answer = await fetch(request, options);
    text = await answer.text();
  } catch (error) {
    // Another wish came, or nobody answers: the head of the page says so.
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    if (stays) notice("Nobody answered, and what came of it is not known.", { stays });
    return null;
  }
  if (answer.headers.get("Content-Type")?.startsWith("text/html")) {
    return new DOMParser().parseFromString(text, "text/html");
  }
  notice(answer.status < 500 ? text : "The preview failed at this: the terminal it runs in says more.", { stays });
  return null;
}

async function load(url, { push }) {
  fetching?.abort();
  const mine = fetching = new AbortController();
  // One who goes back is in the address already, and not yet on its page.
  const [there, here] = [url, root.dataset.url].map((each) => new URL(each, location.href).href);
  mine.isMove = there !== here;
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
    const isSame = !moved && !push;
    if (!fresh || (isSame && (isWriting(region) || region.querySelector("[data-stays]")))) continue;
    if (isSame) keepOutcomes(region, fresh);
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

// Above the email; what stays does so until one goes elsewhere.
function notice(words, { failed = true, stays = false } = {}) {
  const said = Object.assign(document.createElement("p"), { textContent: words });
  said.classList.toggle("failed", failed);
  said.toggleAttribute("data-stays", stays);
  document.getElementById("notice").replaceChildren(said);
}

export function go(url, { push = true } = {}) {
  return loading = load(url, { push });
}

// Nothing comes between somebody and where they want to go.
async function arrive() {
  while (fetching?.isMove) await loading;
}

function send(form, { by = null, push = true } = {}) {
  if (form.method === "post") return act(form, by, post);
  const fields = new URLSearchParams(new FormData(form, by));
  return go(`${form.getAttribute("action") ?? "/"}?${fields}`, { push });
}

// What came of a form is shown where it was sent; one who went elsewhere meanwhile is told there.
async function post(form, fields) {
  const from = root.dataset.url;
  const next = await ask(new Request(form.action, { method: "POST", body: fields }));
  if (!next) return;
  const told = next.querySelector(".outcome p, #notice p");
  const failed = Boolean(told?.matches(".failed"));
  settleWords(form, fields, next, failed);
  await arrive();
  if (root.dataset.url === from) return show(next, true);
  await go(location.href, { push: false });
  if (told) notice(told.textContent, { failed, stays: true });
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
  await arrive();
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
