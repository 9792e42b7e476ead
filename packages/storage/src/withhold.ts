/** Shows nothing at all: what stands in until the masking package part is in place. */
export function maskText(text: string, _options: object): string {
  return text === '' ? '' : '***';
}
export const maskHtml = maskText;
export function maskData(_value: unknown, _options: object): unknown {
  return {};
}
export function maskAddress(_channel: string, address: string, _level: string): string {
  return address === '' ? '' : '***';
}
