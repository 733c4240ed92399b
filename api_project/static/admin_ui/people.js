"use strict";
// Completes usernames in a filter while one types.
{
  const PAUSE = 200;

  for (const field of document.querySelectorAll("input[list=people]")) {
    const list = document.getElementById("people");
    let timer;

    const complete = async () => {
      const response = await fetch(`${field.dataset.url}?${new URLSearchParams({ term: field.value })}`);
      if (!response.ok) return;
      const { results } = await response.json();
      list.replaceChildren(
        ...results.map(({ username, display_name: name }) => new Option(name ? `${username} (${name})` : username, username)),
      );
    };

    field.addEventListener("input", () => {
      clearTimeout(timer);
      if (field.value.trim()) timer = setTimeout(() => complete().catch(() => list.replaceChildren()), PAUSE);
    });
  }
}
