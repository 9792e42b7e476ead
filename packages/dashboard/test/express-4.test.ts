import express from 'express';
import express4 from 'express4';
import { describe, expect, it, vi } from 'vitest';
import { hostContract } from './host-contract.ts';

// Whoever has Express 4 has it under this name, and the router is made with it too.
vi.mock('express', () => import('express4'));

describe('Express 4', () => {
  it('is what the router is made with', () => {
    expect(express).toBe(express4);
  });

  hostContract({ createApp: () => express4(), json: () => express4.json() });
});
