import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection to a server, for requests that no HTTP client would send. */
export async function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  // A server may reset such a connection: what counts is how it is afterwards.
  socket.on('error', () => socket.destroy());
  return socket;
}

/** Writes the text as it is; resolves with all that comes back once the server closes. */
export async function rawExchange(url: string, text: string): Promise<string> {
  const socket = await rawSocket(url);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += String(chunk);
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(text);
  await closed;
  return answer;
}
