"use strict";
// The preview beside a Markdown text, and the number of its words.
{
  const PAUSE = 400; // Milliseconds without a key, after which the server renders.

  const words = (text) => {
    if (!globalThis.Intl?.Segmenter) return text.split(/\s+/).filter(Boolean).length;
    const segments = new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(text);
    return [...segments].filter((each) => each.isWordLike).length;
  };

  const isOwn = (url) =>
    URL.canParse(url, document.baseURI) && new URL(url, document.baseURI).origin === location.origin;

  // The policy of the page loads images of this host only, so that an image of another one cannot follow editors.
  const withoutForeignImages = (parsed, label) => {
    for (const image of parsed.querySelectorAll("img")) {
      const source = image.getAttribute("src") ?? "";
      if (isOwn(source)) continue;
      const note = document.createElement("span");
      note.className = "markdown-image";
      note.textContent = `${label}: ${image.alt || source}`;
      note.title = source;
      image.replaceWith(note);
    }
    for (const link of parsed.querySelectorAll("a[href]")) link.target = "_blank";
    return parsed.body.childNodes;
  };

  const start = (widget) => {
    const text = widget.querySelector("textarea");
    const shown = widget.querySelector(".markdown-preview");
    const count = widget.querySelector(".markdown-count");
    const tabs = widget.querySelector(".markdown-tabs");
    let timer, counting, running = false, rendered = null;

    const render = async () => {
      if (running || text.value === rendered) return;
      const value = text.value;
      const body = new FormData();
      body.set("text", value);
      body.set("csrfmiddlewaretoken", text.form.elements.csrfmiddlewaretoken.value);
      running = true;
      let pause = 0;
      try {
        const response = await fetch(widget.dataset.preview, { method: "POST", body, redirect: "error" });
        if (response.ok) {
          const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
          shown.replaceChildren(...withoutForeignImages(parsed, widget.dataset.image));
          rendered = value;
        } else pause = Number(response.headers.get("Retry-After") ?? 10) * 1000;
      } catch {
        pause = 5000;
      }
      running = false;
      shown.classList.toggle("away", pause > 0);
      shown.title = pause ? widget.dataset.away : "";
      if (pause || text.value !== rendered) schedule(pause || PAUSE);
    };

    const schedule = (pause) => {
      clearTimeout(timer);
      timer = setTimeout(render, pause);
    };

    const countWords = () => {
      const number = words(text.value).toLocaleString(document.documentElement.lang);
      count.textContent = `${widget.dataset.count}: ${number}`;
    };

    const update = () => {
      clearTimeout(counting); // A long text takes a while, so that not every key counts.
      counting = setTimeout(countWords, PAUSE / 2);
      schedule(PAUSE);
    };

    tabs.addEventListener("click", ({ target }) => {
      if (!target.dataset.view) return;
      widget.dataset.shown = target.dataset.view;
      for (const tab of tabs.children) tab.setAttribute("aria-pressed", String(tab === target));
    });
    text.addEventListener("input", update);
    for (const part of [shown, count, tabs]) part.hidden = false;
    update();
    render();
  };

  addEventListener("DOMContentLoaded", () => document.querySelectorAll(".markdown").forEach(start));
}
