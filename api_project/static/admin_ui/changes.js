"use strict";
// Unsaved changes of a form: a warning before one leaves them, and a copy in this browser that survives a crash.
{
  const PAUSE = 1000; // Milliseconds without a change, after which the copy is written.
  const NOT_KEPT = new Set(["csrfmiddlewaretoken", "shown_state", "_popup"]);
  const TYPES_NOT_KEPT = new Set(["submit", "button", "file", "password", "reset", "search"]);

  const controls = (form) =>
    [...form.elements].filter(({ name, type }) => name && !NOT_KEPT.has(name) && !TYPES_NOT_KEPT.has(type));

  const valueOf = (control) => {
    if (control.type === "checkbox" || control.type === "radio") return control.checked;
    if (control.type !== "select-multiple") return control.value;
    return [...control.selectedOptions].map(({ value }) => value).sort();
  };

  const read = (form) => controls(form).map((control) => [control.name, valueOf(control)]);

  // The texts of the choices, since the page that shows them again may not have them.
  const choices = (form) =>
    controls(form).flatMap(({ name, selectedOptions }) =>
      [...(selectedOptions ?? [])].map(({ value, text }) => [name, value, text]),
    );

  const select = (control, values, known) => {
    for (const [name, value, text] of known) {
      const isMissing = name === control.name && ![...control.options].some((option) => option.value === value);
      if (isMissing) control.add(new Option(text, value));
    }
    for (const option of control.options) option.selected = values.includes(option.value);
    globalThis.django?.jQuery?.(control).trigger("change");
  };

  const write = (form, kept) => {
    const left = [...kept.values];
    for (const control of controls(form)) {
      const at = left.findIndex(([name]) => name === control.name);
      if (at < 0) continue;
      const [[, value]] = left.splice(at, 1);
      if (typeof value === "boolean") control.checked = value;
      else if (control.options) select(control, [value].flat(), kept.choices);
      else control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const storage = (key) => ({
    load() {
      try {
        return JSON.parse(localStorage.getItem(key));
      } catch {
        return null;
      }
    },
    save(kept) {
      try {
        if (!document.documentElement.dataset.signedOut) localStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // There is no room, or the browser refuses storage.
      }
    },
    forget() {
      try {
        localStorage.removeItem(key);
      } catch {
        // There is none.
      }
    },
  });

  const start = (marker) => {
    const { form, dataset } = { form: marker.closest("form"), dataset: marker.dataset };
    const key = `admin-draft:${dataset.user}:${dataset.model}:${dataset.object || "new"}`;
    const kept = dataset.keep ? storage(key) : { load: () => null, save() {}, forget() {} };
    const isRefused = Boolean(dataset.refused);
    const shown = JSON.stringify(read(form));
    let timer, isLeaving = false;

    const isChanged = () => isRefused || JSON.stringify(read(form)) !== shown;

    const keep = () => {
      clearTimeout(timer);
      timer = undefined;
      if (!isChanged()) return kept.forget();
      const state = form.elements.shown_state?.value ?? "";
      kept.save({ at: new Date().toISOString(), state, values: read(form), choices: choices(form) });
    };

    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    };

    form.addEventListener("input", later);
    form.addEventListener("change", later);
    globalThis.django?.jQuery?.(form).on("change", later); // Select2 tells jQuery alone.
    addEventListener("pagehide", () => timer && keep());
    document.addEventListener("visibilitychange", () => document.hidden && timer && keep());
    form.addEventListener("submit", () => {
      keep();
      isLeaving = true;
      setTimeout(() => (isLeaving = false), PAUSE);
      if (dataset.keep) sessionStorage.setItem("admin-submitted", key);
    });
    addEventListener("beforeunload", (event) => {
      if (isChanged() && !isLeaving && !document.documentElement.dataset.signedOut) event.preventDefault();
    });

    const earlier = kept.load();
    if (isRefused) keep();
    else if (earlier && JSON.stringify(earlier.values) !== shown) offer(marker, earlier);

    function offer({ content }, found) {
      const box = content.firstElementChild.cloneNode(true);
      const moment = new Date(found.at).toLocaleString(document.documentElement.lang);
      box.querySelector("[data-at]").textContent = moment;
      box.querySelector("[data-take]").addEventListener("click", () => {
        // What was stored then decides if somebody else has changed the object in the meantime.
        if (form.elements.shown_state && found.state) form.elements.shown_state.value = found.state;
        write(form, found);
        box.remove();
      });
      box.querySelector("[data-discard]").addEventListener("click", () => {
        if (!isChanged()) kept.forget();
        box.remove();
      });
      form.prepend(box);
    }
  };

  // After the widgets of the page have started.
  addEventListener("load", () => document.querySelectorAll("template.unsaved").forEach(start));
}
