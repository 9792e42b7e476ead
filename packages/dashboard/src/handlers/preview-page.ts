import type { NotificationLog } from '@townkrier/storage';

/**
 * A stored message as a page. HTML goes in as it was kept: what it may do is decided by the answer's `Content-Security-Policy: sandbox` and by the
 * frame it is shown in, not by cleaning it.
 */
export function previewPage(log: NotificationLog): string {
  const head = `<!doctype html><meta charset="utf-8"><title>${escapeHtml(log.subject ?? 'Message')}</title>`;
  if (log.content === undefined) return `${head}<p>No content of this message was kept.</p>`;
  if (log.contentType === 'html') return `${head}${log.content}`;
  return `${head}<pre style="white-space:pre-wrap;font:inherit">${escapeHtml(log.content)}</pre>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
