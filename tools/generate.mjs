#!/usr/bin/env node
import { generate } from './lib/generate.mjs';
import { fail, step } from './lib/terminal.mjs';

step('generate', generate).catch(fail);
