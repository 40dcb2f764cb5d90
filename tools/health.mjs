#!/usr/bin/env node
// Exit code 0 when the platform on this home answers that it is ready. For health checks of images and services.
import { readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { readJson, sluiceHome, urlHost } from './lib/config.mjs';
import { fail, Problem } from './lib/terminal.mjs';

const TIMEOUT_MS = 4_000;

function get(url, caFile) {
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, ...(caFile && url.protocol === 'https:' ? { ca: readFileSync(caFile) } : {}) };
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', reject);
    request.end();
  });
}

async function main() {
  const home = sluiceHome();
  const admin = readJson(join(home, 'admin.json'));
  const platform = readJson(join(home, 'run', 'platform.json'));
  if (!admin || !platform) throw new Problem(`no platform has started on ${home}`);
  // Asked on this machine, whatever name the world knows it by; its certificate names localhost, and the address that it is bound to.
  const url = new URL('/health/ready', admin.baseUrl);
  url.hostname = ['0.0.0.0', '::', '127.0.0.1'].includes(platform.host) ? 'localhost' : urlHost(platform.host);
  url.port = String(platform.port);
  const status = await get(url, admin.caFile).catch((error) => { throw new Problem(`the platform does not answer: ${error.message}`); });
  if (status !== 200) throw new Problem(`the platform is not ready: HTTP ${status}`);
}

main().catch(fail);
