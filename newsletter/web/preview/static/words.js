// Words that somebody typed stay until they are saved, wherever one looks meanwhile.

// By what `data-keep` of their form says: what was typed, and what stood there before.
const kept = new Map();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (form) keep(form);
});

addEventListener("beforeunload", (event) => {
  if ([...kept.values()].some((words) => words.isText)) event.preventDefault();
});

export function isWriting(region) {
  return region.querySelector("form[data-dirty]") !== null;
}

// Puts what was typed into the forms of a page that is new.
export function restoreWords() {
  for (const form of document.querySelectorAll("form[data-keep]:not([data-dirty])")) {
    const words = kept.get(form.dataset.keep);
    if (!words) continue;
    // The mark of the file that they were typed over, where it says something else by now: so
    // that saving them tells. Where it says the same, the newer mark will do.
    const has = read(form, (field) => words.was === was(form) && field.type === "hidden");
    for (const field of form.elements) {
      if (!(field.name in words.typed) || field.name in has) continue;
      if (field.type === "radio") field.checked = field.value === words.typed[field.name];
      else field.value = words.typed[field.name];
    }
    form.dataset.dirty = "";
  }
}

// They were sent, and this page came of it.
export function settleWords(form, fields, page, failed) {
  const words = kept.get(form.dataset.keep);
  if (!words) return;
  const fresh = page.querySelector(`form[data-keep="${CSS.escape(form.dataset.keep)}"]`);
  if (failed && fresh) {
    // One has been told of what the file says now.
    Object.assign(words.typed, read(fresh, (field) => field.type === "hidden"));
    words.was = was(fresh);
  } else if (!failed && say(words.typed) === say(Object.fromEntries(fields))) {
    kept.delete(form.dataset.keep);
  }
}

function keep(form) {
  const isChanged = was(form) !== say(read(form, isTyped));
  form.toggleAttribute("data-dirty", isChanged);
  if (!isChanged) return kept.delete(form.dataset.keep);
  const before = kept.get(form.dataset.keep)?.was ?? was(form);
  kept.set(form.dataset.keep, {
    typed: read(form, () => true),
    was: before,
    isText: form.querySelector("textarea") !== null,
  });
}

function was(form) {
  return say(read(form, isTyped, (field) => field.defaultValue));
}

function read(form, wanted, value = (field) => field.value) {
  const fields = [...form.elements].filter((field) => field.name && wanted(field));
  const said = fields.filter((field) => field.type !== "radio" || field.checked);
  return Object.fromEntries(said.map((field) => [field.name, value(field)]));
}

function isTyped(field) {
  return field.type !== "hidden";
}

function say(fields) {
  return JSON.stringify(Object.entries(fields).sort());
}
