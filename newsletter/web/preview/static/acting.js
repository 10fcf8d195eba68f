// What forms do: one after another, each once, and seen to be under way.

// By the id of the button, which stays though the button is replaced.
const waiting = new Set();
// Done when all of them are; null where none is.
export let acting = null;

// Each waits for the one before, whose answer brings the file's new mark for those that follow.
export function act(form, by, post) {
  const name = by?.id || form.id;
  if (waiting.has(name)) return;
  waiting.add(name);
  showActs();
  const mine = acting = (acting ?? Promise.resolve()).then(() => {
    const now = form.isConnected ? form : document.getElementById(name)?.form ?? form;
    const fields = new URLSearchParams(new FormData(now));
    if (by?.name) fields.set(by.name, by.value);
    return post(now, fields);
  }).finally(() => {
    waiting.delete(name);
    showActs();
    if (acting === mine) acting = null;
  });
}

export function showActs() {
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    const button = form.querySelector("[data-idle]");
    if (!button) continue;
    button.textContent = button.dataset.idle;
    delete button.dataset.idle;
  }
  for (const name of waiting) {
    const button = document.getElementById(name);
    button?.form?.setAttribute("aria-busy", "true");
    if (!button?.dataset.busy) continue;
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
  }
}
