// nodemailer's pool: node pool.mjs PORT COUNT SESSIONS FILE
// The message is given ready made (`raw`), which is the fastest nodemailer can be.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, count, sessions, file] = process.argv.slice(2);
const raw = readFileSync(file);
const pool = nodemailer.createTransport({
  pool: true,
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  maxConnections: Number(sessions),
  maxMessages: Infinity,
});

let next = 0;
const work = async () => {
  while (next < Number(count)) {
    const to = `reader${next++}@domain1.example`;
    await pool.sendMail({ envelope: { from: "papers@example.org", to }, raw });
  }
};
// Twice as many as there are connections, so that none of them waits for us.
await Promise.all(Array.from({ length: 2 * Number(sessions) }, work));
pool.close();
