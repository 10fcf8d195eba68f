// Words that somebody typed stay until they are saved, wherever one looks meanwhile.

// By what `data-keep` of their form says: every field, and the words that stood there before.
const kept = new Map();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (!form) return;
  const key = form.dataset.keep;
  const before = kept.get(key)?.before ?? readWords(form);
  kept.set(key, { fields: Object.fromEntries(new FormData(form)), before });
  form.dataset.dirty = "";
});

addEventListener("beforeunload", (event) => {
  if ([...kept.values()].some(({ fields }) => "note" in fields)) event.preventDefault();
});

export function isWriting(region) {
  return region.querySelector("form[data-dirty]") !== null;
}

// Puts what was typed into the forms of a page that is new.
export function restoreWords() {
  for (const form of document.querySelectorAll("form[data-keep]:not([data-dirty])")) {
    const words = kept.get(form.dataset.keep);
    if (!words) continue;
    // Where the file says something else by now, the mark of what they were typed over stays, so
    // that saving them tells; where it says the same, the newer mark will do.
    const { seen } = form.elements;
    if (seen && words.before === readWords(form)) words.fields.seen = seen.value;
    for (const field of form.elements) {
      if (!(field.name in words.fields)) continue;
      if (field.type === "radio") field.checked = field.value === words.fields[field.name];
      else field.value = words.fields[field.name];
    }
    form.dataset.dirty = "";
  }
}

// They were sent, and this page came of it.
export function settleWords(form, sent, page, failed) {
  const key = form.dataset.keep;
  const words = kept.get(key);
  if (!words) return;
  const fresh = page.querySelector(`form[data-keep="${CSS.escape(key)}"]`);
  if (!failed && Object.entries(words.fields).every(([name, value]) => sent.get(name) === value)) {
    kept.delete(key);
  } else if (fresh) {
    // One has been told what the file says now, or it says what was sent; and then typed on.
    words.before = readWords(fresh);
    if (fresh.elements.seen) words.fields.seen = fresh.elements.seen.value;
  }
}

// As the page came with them.
function readWords(form) {
  const fields = [...form.elements].filter((field) => field.matches("textarea, input:not([type=hidden], [type=radio])"));
  return JSON.stringify(fields.map((field) => field.defaultValue));
}
