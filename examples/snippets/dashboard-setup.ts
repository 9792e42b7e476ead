import assert from 'node:assert/strict';
import { close, queueManager, storageManager } from './setup.ts';

// #region seed 001: Dashboard UI, Basic Setup
import { DashboardServer } from '@townkrier/dashboard';

// Create dashboard server
const dashboard = new DashboardServer({
  queueManager,
  storageManager,
  port: 3000,
  path: '/dashboard',
});

// Start the server
dashboard.start();
// Dashboard available at: http://localhost:3000/dashboard
// #endregion

await dashboard.start();
assert.equal((await fetch('http://localhost:3000/dashboard/api/health')).status, 200);
await dashboard.stop();
await close();
