/** One server-sent event, as a browser would hand it on. */
export interface ReceivedEvent {
  readonly id: string | undefined;
  readonly name: string;
  readonly data: unknown;
}

/** Reads a stream to its end. */
export async function readEvents(response: Response): Promise<ReceivedEvent[]> {
  return (await response.text())
    .split('\n\n')
    .map((block) => Object.fromEntries(block.split('\n').map(toField)))
    .filter((fields) => 'event' in fields)
    .map((fields) => ({
      id: fields['id'],
      name: fields['event'] ?? '',
      data: JSON.parse(fields['data'] ?? 'null'),
    }));
}

function toField(line: string): [string, string] {
  const colon = line.indexOf(': ');
  return [line.slice(0, colon), line.slice(colon + 2)];
}
