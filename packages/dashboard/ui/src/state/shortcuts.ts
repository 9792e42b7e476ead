import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { readStored, writeStored } from './stored.ts';

const SEQUENCE_MS = 1200;

/** Whether single keys act. People who use speech input need to turn them off (WCAG 2.1.4). */
export const shortcutsOn = signal(readStored('shortcuts') !== 'off');

/** Turns single-key shortcuts on or off and remembers it. */
export function setShortcutsOn(on: boolean): void {
  shortcutsOn.value = on;
  writeStored('shortcuts', on ? null : 'off');
}

/** What a key, or two in a row (`'g j'`), does on the present screen. */
export type KeyMap = Readonly<Record<string, () => void>>;

const maps: KeyMap[] = [];
let pending = '';
let pendingTimer = 0;

/** Offers keys while the component is on screen. The newest component wins over older ones. */
export function useKeys(keys: KeyMap): void {
  useEffect(() => {
    maps.unshift(keys);
    return () => {
      maps.splice(maps.indexOf(keys), 1);
    };
  });
}

function find(combination: string): (() => void) | undefined {
  return maps.find((map) => combination in map)?.[combination];
}

function startsSequence(key: string): boolean {
  return maps.some((map) => Object.keys(map).some((combination) => combination.startsWith(`${key} `)));
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable]') !== null
  );
}

function setPending(key: string): void {
  clearTimeout(pendingTimer);
  pending = key;
  if (key !== '') pendingTimer = window.setTimeout(() => setPending(''), SEQUENCE_MS);
}

function onKeyDown(event: KeyboardEvent): void {
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (!shortcutsOn.value || !isPlain || event.defaultPrevented || isTyping(event.target)) return;
  if (document.querySelector('dialog[open]') !== null) return;
  const combination = pending === '' ? event.key : `${pending} ${event.key}`;
  const action = find(combination) ?? find(event.key);
  const waits = action === undefined && startsSequence(event.key);
  setPending(waits ? event.key : '');
  if (action === undefined) return;
  event.preventDefault();
  action();
}

/** Starts listening for keys. Call it once. */
export function startShortcuts(): void {
  document.addEventListener('keydown', onKeyDown);
}
