/**
 * Reads at most `limit` bytes of a reply as text and gives up the rest, so that a broken server cannot fill the memory.
 *
 * @returns the text, or `undefined` when there is more than `limit`.
 * @throws what the connection throws when it ends early.
 */
export async function readAtMost(reply: Response, limit: number): Promise<string | undefined> {
  if (reply.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
