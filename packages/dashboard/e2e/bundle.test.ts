import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const UI = fileURLToPath(new URL('../dist/ui/', import.meta.url));
const FIRST_LOAD_LIMIT = 60_000;
const TOTAL_LIMIT = 95_000;

const html = readFileSync(`${UI}index.html`, 'utf8');
const assets = readdirSync(`${UI}assets`).filter((name) => /\.(js|css)$/.test(name));
const firstLoad = assets.filter((name) => html.includes(name));
const gzipped = (names: readonly string[]): number =>
  names.reduce((sum, name) => sum + gzipSync(readFileSync(`${UI}assets/${name}`), { level: 9 }).length, 0);

describe('the built files', () => {
  it('take at most 60 kB for the first look and 95 kB in all, gzipped', () => {
    expect(firstLoad.length).toBeGreaterThanOrEqual(2);
    expect(gzipped(firstLoad)).toBeLessThan(FIRST_LOAD_LIMIT);
    expect(gzipped(assets)).toBeLessThan(TOTAL_LIMIT);
  });

  it('draw the chart from a file that the first look does not wait for', () => {
    expect(firstLoad.filter((name) => name.includes('chart'))).toEqual([]);
    expect(assets.filter((name) => name.includes('throughput-chart'))).toHaveLength(2);
  });

  it('hold no inline script, no inline style and no address of another host', () => {
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/i);
    expect(html).not.toMatch(/https?:\/\//);
  });

  it('name every file relative to the page, so that any mount path works', () => {
    const references = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, reference]) => reference);
    expect(references.length).toBeGreaterThanOrEqual(3);
    expect(references.filter((reference) => !reference?.startsWith('./assets/'))).toEqual([]);
  });
});
