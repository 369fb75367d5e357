#!/usr/bin/env node
import * as nodeModule from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `agentpar needs Node 22.18 or newer; this is Node ${process.versions.node} (${process.execPath}).\n`,
  );
  process.exitCode = 2;
} else {
  nodeModule.enableCompileCache();
  const { main } = await import('../dist/cli/main.js');
  await main();
}
