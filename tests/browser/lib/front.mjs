// Something between the browser and the server, as networks and later releases are: it passes all on,
// but for what a test has it answer itself.
import { createServer, request } from 'node:http';

/** A proxy to `port`. `answer(url, method)` gives {status, headers, body}, `'cut'`, or nothing. */
export async function front(port) {
  const state = { answer: () => null };
  const server = createServer((asked, answer) => {
    const own = state.answer(new URL(asked.url, `http://${asked.headers.host}`), asked.method);
    if (own === 'cut') return asked.socket.destroy();
    if (own) return answer.writeHead(own.status, own.headers).end(own.body);
    const { method, url: path, headers } = asked;
    const passed = request({ host: '127.0.0.1', port, method, path, headers }, (came) => {
      answer.writeHead(came.statusCode, came.headers);
      came.pipe(answer);
    });
    passed.on('error', () => asked.socket.destroy());
    asked.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    /** What the test answers from now on. */
    set answer(given) {
      state.answer = given;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
