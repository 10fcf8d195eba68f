// One stream of news for all tabs: a browser allows only six connections to a server.
const ports = new Set();
let last = null;

function tell(news) {
  last = news;
  for (const port of ports) port.postMessage(news);
}

function follow() {
  const stream = new EventSource("/events");
  stream.onmessage = (event) => tell(JSON.parse(event.data));
  stream.onerror = () => {
    tell({ lost: true });
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
  };
}

onconnect = (event) => {
  const [port] = event.ports;
  ports.add(port);
  port.onmessage = () => ports.delete(port);
  if (last) port.postMessage(last);
};

follow();
