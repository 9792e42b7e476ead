import { signal } from '@preact/signals';

const SHOWN_MS = 6000;

/** A short message about something that was done. */
export interface Toast {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** What is on screen now, oldest first. */
export const toasts = signal<readonly Toast[]>([]);

let lastId = 0;

/** Shows a message. Good news leaves by itself; bad news stays until it is closed. */
export function showToast(tone: Toast['tone'], text: string): void {
  lastId += 1;
  const toast: Toast = { id: lastId, tone, text };
  toasts.value = [...toasts.value.slice(-3), toast];
  if (tone === 'good') setTimeout(() => dismissToast(toast.id), SHOWN_MS);
}

/** Takes a message away; nothing happens when it is gone already. */
export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}
