import assert from 'node:assert/strict';
import { close, queueManager, storageManager } from './setup.ts';

// #region seed 001: Integration with Express
import express from 'express';
import { createDashboardRouter } from '@townkrier/dashboard';

const app = express();

// Add dashboard as a route
app.use(
  '/notifications',
  createDashboardRouter({
    queueManager,
    storageManager,
  }),
);

app.listen(3000);
// #endregion

assert.equal((await fetch('http://localhost:3000/notifications/api/stats')).status, 200);
await close();
process.exit(); // `app.listen` goes on listening
