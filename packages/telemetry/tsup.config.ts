import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.ts';

export default defineConfig(libraryBuild('src/opentelemetry/index.ts', 'src/prometheus/index.ts'));
