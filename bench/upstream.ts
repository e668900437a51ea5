/**
 * The fake upstream: a raw TCP server that answers canned bytes, so that it costs as little as the machine allows and its CPU does not
 * blur the gateway's. The model's name picks the answer: `bench-json`, `bench-paced`, `bench-idle`, `bench-flood`. Prints its port.
 */
import type { Socket } from "bun";
import { FLOOD_BYTES, PACED_EVENTS, PACED_INTERVAL } from "./scenario.ts";
import { answerFor, type Canned } from "./canned.ts";

interface Connection {
  pending: Uint8Array;
  /** Bytes the socket would not take, to be written on drain. */
  unsent: Uint8Array | undefined;
  stop: (() => void) | undefined;
  /** Bytes of the flood still to be sent, and the piece they are sent in. */
  flood: number;
  piece: Uint8Array;
}

type Peer = Socket<Connection>;

const NOTHING = new Uint8Array();
const decoder = new TextDecoder("latin1");
const encoder = new TextEncoder();

function send(peer: Peer, bytes: Uint8Array): void {
  if (peer.data.unsent !== undefined) {
    peer.data.unsent = Buffer.concat([peer.data.unsent, bytes]);
    return;
  }
  const written = Math.max(0, peer.write(bytes));
  if (written < bytes.length) peer.data.unsent = bytes.slice(written);
}

/** One whole request at the front of `text`, its length in bytes; 0 while it is incomplete. */
function requestLength(text: string): number {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return 0;
  const head = text.slice(0, headEnd).toLowerCase();
  if (head.includes("transfer-encoding: chunked")) {
    const end = text.indexOf("0\r\n\r\n", headEnd);
    return end < 0 ? 0 : end + 5;
  }
  const total = headEnd + 4 + Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
  return text.length < total ? 0 : total;
}

function pace(peer: Peer, answer: Canned): void {
  let left = PACED_EVENTS;
  const timer = setInterval(() => {
    left -= 1;
    send(peer, left > 0 ? answer.event : answer.tail);
    if (left === 0) clearInterval(timer);
  }, PACED_INTERVAL);
  peer.data.stop = () => clearInterval(timer);
}

function flood(peer: Peer): void {
  const { piece } = peer.data;
  while (peer.data.unsent === undefined && peer.data.flood > 0) {
    peer.data.flood -= piece.length;
    send(peer, piece);
    if (peer.data.flood <= 0) send(peer, encoder.encode("0\r\n\r\n"));
  }
}

function answer(peer: Peer, request: string): void {
  const canned = answerFor(request);
  send(peer, canned.head);
  if (canned.kind === "paced") pace(peer, canned);
  if (canned.kind === "flood") {
    peer.data.flood = FLOOD_BYTES;
    peer.data.piece = canned.piece;
    flood(peer);
  }
}

const server = Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(peer) {
      peer.data = { pending: NOTHING, unsent: undefined, stop: undefined, flood: 0, piece: NOTHING };
      peer.setNoDelay(true);
    },
    data(peer, bytes) {
      const { pending } = peer.data;
      let text = decoder.decode(pending.length === 0 ? bytes : Buffer.concat([pending, bytes]));
      for (let length = requestLength(text); length > 0; length = requestLength(text)) {
        answer(peer, text.slice(0, length));
        text = text.slice(length);
      }
      peer.data.pending = text === "" ? NOTHING : Uint8Array.from(Buffer.from(text, "latin1"));
    },
    drain(peer) {
      const { unsent } = peer.data;
      if (unsent !== undefined) {
        peer.data.unsent = undefined;
        send(peer, unsent);
      }
      flood(peer);
    },
    close(peer) {
      peer.data?.stop?.();
    },
    error() {},
  },
});

console.log(`listening on http://127.0.0.1:${server.port}`);
