import { describe, expect, it } from 'vitest';
import { EventHub, type LiveEvent, RING_SIZE } from './event-hub.ts';

function publish(hub: EventHub, times = 1): void {
  for (let index = 0; index < times; index += 1) {
    hub.publish({ name: 'job.started', topic: 'jobs', jobId: 'j1', data: {} });
  }
}

function numbers(events: readonly LiveEvent[] | null): number[] | null {
  return events?.map((event) => event.number) ?? null;
}

describe('EventHub', () => {
  it('brings back what came after an id, oldest first', () => {
    const hub = new EventHub('boot');
    publish(hub, 2);
    const seen = hub.lastId;
    publish(hub, 3);
    expect(numbers(hub.since(seen))).toEqual([3, 4, 5]);
  });

  it('brings back nothing when nothing was missed', () => {
    const hub = new EventHub('boot');
    expect(hub.since(hub.lastId)).toEqual([]);
    publish(hub);
    expect(hub.since(hub.lastId)).toEqual([]);
  });

  it('remembers exactly the newest events', () => {
    const hub = new EventHub('boot');
    publish(hub, RING_SIZE + 10);
    expect(hub.since(hub.idOf(10))).toHaveLength(RING_SIZE);
    expect(numbers(hub.since(hub.idOf(10)))?.[0]).toBe(11);
    expect(hub.since(hub.idOf(9))).toBeNull();
  });

  it('does not know ids of another process, of the future, or of no shape', () => {
    const hub = new EventHub('boot');
    publish(hub, 3);
    for (const id of [
      'other.1',
      'boot.4',
      'boot.',
      'boot',
      '1',
      '',
      'boot.-1',
      'boot.1e9',
      'boot.99999999999999999',
    ]) {
      expect(hub.since(id), id).toBeNull();
    }
  });

  it('knows ids whose process name contains dots', () => {
    const hub = new EventHub('a.b');
    publish(hub);
    expect(numbers(hub.since('a.b.0'))).toEqual([1]);
  });

  it('tells listeners until they leave', () => {
    const hub = new EventHub('boot');
    const heard: number[] = [];
    const leave = hub.subscribe((event) => heard.push(event.number));
    publish(hub, 2);
    leave();
    publish(hub);
    expect(heard).toEqual([1, 2]);
  });
});
