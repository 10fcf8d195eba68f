// Hears of changes, by way of the worker that all tabs share where there is one.
const live = document.getElementById("live");

export function follow(changed) {
  let waiting = null;
  const hear = (news) => {
    document.documentElement.toggleAttribute("data-lost", Boolean(news.lost));
    live.textContent = say(news);
    if (news.lost) return;
    waiting = news;
    look();
  };
  // A tab that nobody sees is brought up to date when somebody does.
  const look = () => {
    if (document.hidden || !waiting) return;
    const news = waiting;
    waiting = null;
    changed(news);
  };
  document.addEventListener("visibilitychange", look);
  listen(hear);
}

function say({ lost, changed }) {
  if (lost) return "Stopped. Start newsletter preview again, and this goes on.";
  return changed.length ? `Live, last saved: ${changed.slice(0, 2).join(", ")}` : "Live";
}

function listen(hear) {
  if (!window.SharedWorker) {
    const stream = new EventSource("/events");
    stream.onmessage = (event) => hear(JSON.parse(event.data));
    stream.onerror = () => hear({ lost: true });
    return;
  }
  const { port } = new SharedWorker("/static/news.js");
  port.onmessage = (event) => hear(event.data);
  addEventListener("pagehide", () => port.postMessage("gone"));
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}
