"use strict";
// A choice of texts that are completed while one types; a comma or Enter takes a new one.
{
  const $ = django.jQuery;

  const start = (element) => {
    const query = JSON.parse(element.dataset.completed);
    $(element).select2({
      theme: "admin-autocomplete",
      width: "100%",
      tags: true,
      tokenSeparators: [","],
      createTag: ({ term }) => (term.trim() ? { id: term.trim(), text: term.trim(), isNew: true } : null),
      insertTag: (found, tag) => found.push(tag), // Last, so that Enter takes a tag that there is.
      templateResult: ({ text, isNew }) => (isNew ? `${text} (${element.dataset.new})` : text),
      ajax: {
        url: element.dataset.completions,
        delay: 150,
        cache: true,
        data: ({ term, page }) => ({ ...query, term, page }),
        processResults: ({ results, pagination }) => ({
          results: results.map(({ text }) => ({ id: text, text })),
          pagination,
        }),
      },
    });
    // Select2 gives its field no name for screen readers.
    const label = element.labels[0]?.textContent.replace(/:$/, "");
    if (label) element.nextElementSibling.querySelector("input").setAttribute("aria-label", label);
  };

  $(() => document.querySelectorAll(".typed-select").forEach(start));
}
