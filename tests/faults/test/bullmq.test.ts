import { testScenariosOn } from './scenario-tests.ts';

testScenariosOn('bullmq');
