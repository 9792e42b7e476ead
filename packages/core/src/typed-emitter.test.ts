import { describe, expect, test, vi } from 'vitest';
import { TypedEmitter } from './typed-emitter.ts';

interface Events {
  ping: { n: number };
  pong: string;
}

describe('TypedEmitter', () => {
  test('calls listeners in the order they were added', () => {
    const emitter = new TypedEmitter<Events>();
    const calls: string[] = [];
    emitter.on('ping', ({ n }) => calls.push(`first ${n}`));
    emitter.on('ping', ({ n }) => calls.push(`second ${n}`));
    emitter.on('pong', () => calls.push('other'));
    emitter.emit('ping', { n: 1 });
    expect(calls).toEqual(['first 1', 'second 1']);
  });

  test('a function added twice is called twice, and each undo removes one', () => {
    const emitter = new TypedEmitter<Events>();
    const listener = vi.fn();
    const undo = emitter.on('pong', listener);
    emitter.on('pong', listener);
    undo();
    undo();
    emitter.emit('pong', 'x');
    expect(listener).toHaveBeenCalledOnce();
  });

  test('a listener that removes another while called leaves this event to it', () => {
    const emitter = new TypedEmitter<Events>();
    const second = vi.fn();
    emitter.on('pong', () => undo());
    const undo = emitter.on('pong', second);
    emitter.emit('pong', 'x');
    emitter.emit('pong', 'y');
    expect(second.mock.calls).toEqual([['x']]);
  });

  test('a listener that throws or rejects does not stop the next, and is reported with its event', async () => {
    const onListenerError = vi.fn();
    const emitter = new TypedEmitter<Events>({ onListenerError });
    const last = vi.fn();
    emitter.on('pong', () => {
      throw new Error('thrown');
    });
    emitter.on('pong', () => Promise.reject(new Error('rejected')));
    emitter.on('pong', last);
    emitter.emit('pong', 'x');
    await Promise.resolve();
    expect(last).toHaveBeenCalledOnce();
    expect(onListenerError.mock.calls.map(([error, event]) => [String(error), event])).toEqual([
      ['Error: thrown', 'pong'],
      ['Error: rejected', 'pong'],
    ]);
  });

  test('an error handler that throws itself becomes a warning of the process', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const emitter = new TypedEmitter<Events>({
      onListenerError: () => {
        throw new Error('handler');
      },
    });
    emitter.on('pong', () => {
      throw new Error('listener');
    });
    expect(() => emitter.emit('pong', 'x')).not.toThrow();
    expect((await warned).name).toBe('TownKrierWarning');
  });

  test('knows whether anyone listens', () => {
    const emitter = new TypedEmitter<Events>();
    expect(emitter.hasListeners('ping')).toBe(false);
    const undo = emitter.on('ping', () => undefined);
    expect(emitter.hasListeners('ping')).toBe(true);
    undo();
    expect(emitter.hasListeners('ping')).toBe(false);
  });

  test('types tie payloads to names', () => {
    const emitter = new TypedEmitter<Events>();
    // @ts-expect-error there is no such event
    emitter.on('pang', () => undefined);
    // @ts-expect-error the payload of ping is an object
    emitter.emit('ping', 'text');
  });
});
