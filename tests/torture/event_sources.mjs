// Opens many streams of changes, and prints the posts that each has received whenever it gets a line.
// node event_sources.mjs URL NUMBER
import { EventSource } from "eventsource";

const [url, number] = process.argv.slice(2);
const streams = Array.from({ length: Number(number) }, () => ({ opened: 0, refused: "", titles: [] }));

for (const stream of streams) {
  const source = new EventSource(url);
  source.addEventListener("open", () => (stream.opened += 1));
  source.addEventListener("change", ({ data }) => stream.titles.push(JSON.parse(data).data.title));
  source.addEventListener("error", ({ code, message }) => {
    if (source.readyState === EventSource.CLOSED) stream.refused = `${code} ${message}`; // It does not come again.
  });
}

process.stdin.on("data", () => process.stdout.write(`${JSON.stringify(streams)}\n`));
