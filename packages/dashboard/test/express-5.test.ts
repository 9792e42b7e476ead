import express from 'express';
import { describe } from 'vitest';
import { hostContract } from './host-contract.ts';

describe('Express 5', () => {
  hostContract({ createApp: () => express(), json: () => express.json() });
});
