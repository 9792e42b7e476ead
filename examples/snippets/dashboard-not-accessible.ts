import assert from 'node:assert/strict';
import { DashboardServer } from '@townkrier/dashboard';
import { close, queueManager, storageManager } from './setup.ts';

const dashboard = new DashboardServer({ queueManager, storageManager });

// #region seed 001: Dashboard Not Accessible
dashboard.start();
console.log('Dashboard: http://localhost:3000/dashboard');
// #endregion

await dashboard.start();
assert.equal((await fetch('http://localhost:3000/dashboard/api/health')).status, 200);
await dashboard.stop();
await close();
