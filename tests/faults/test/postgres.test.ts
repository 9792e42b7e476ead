import { testScenariosOn } from './scenario-tests.ts';

testScenariosOn('postgres');
