// What panels need: fields that show at once what they change, and words that stay.

// While somebody is in a form that shows its changes at once, what stands around the field is
// renewed and the field is left alone; false where nobody is.
export function renewParts(region, fresh) {
  const active = document.activeElement;
  const form = active?.closest("form[data-live]");
  if (!form || !region.contains(form) || !fresh.querySelector(`#${form.id}`)) return false;
  for (const part of region.querySelectorAll("[data-part]")) {
    const next = fresh.querySelector(`#${CSS.escape(part.id)}`);
    if (next && !part.contains(active) && !part.isEqualNode(next)) part.replaceWith(next);
  }
  return true;
}

// What came of a form stays until one goes elsewhere, though files change meanwhile.
export function keepOutcomes(region, fresh) {
  for (const told of region.querySelectorAll(".outcome:not(:empty)")) {
    const next = fresh.querySelector(`#${told.id}`);
    if (next && !next.childElementCount) next.replaceChildren(told.firstElementChild.cloneNode(true));
  }
}

export function watchFields({ changed }) {
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const field = event.target;
    const form = field.closest("form[data-live]");
    if (!form) return;
    pair(field);
    clearTimeout(waiting);
    waiting = setTimeout(() => form.isConnected && changed(form), 90);
  });
}

// A colour is picked or typed; the one follows the other.
function pair(field) {
  if (field.dataset.for) document.getElementById(field.dataset.for).value = field.value;
  const swatch = document.querySelector(`[data-for="${field.id}"]`);
  if (swatch && /^#[0-9a-f]{6}$/i.test(field.value)) swatch.value = field.value;
}

// What is as the settings have it need not stand in the address.
document.addEventListener("formdata", (event) => {
  for (const field of event.target.elements) {
    if (field.dataset.own !== undefined && field.dataset.own === field.value) event.formData.delete(field.name);
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    // Beyond this machine browsers keep the clipboard to themselves: the words are marked instead.
    getSelection().selectAllChildren(source);
    button.textContent = "Press Ctrl+C";
  }
});

// The last address of a test, kept by this browser alone.
const LAST = "preview.to";
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector("[data-remember]");
  if (field) localStorage.setItem(LAST, field.value);
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-remember]") && !event.target.value) {
    event.target.value = localStorage.getItem(LAST) ?? "";
  }
});
