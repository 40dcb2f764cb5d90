/** @type {import('jest').Config} */
const transform = {
  '^.+\\.ts$': ['@swc/jest', {
    jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true }, target: 'es2022', keepClassNames: true },
    module: { type: 'es6' }, sourceMaps: 'inline',
  }],
};
const common = {
  rootDir: '.',
  extensionsToTreatAsEsm: ['.ts'],
  transform,
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^#libs/(.*)$': '<rootDir>/libs/$1/index.ts' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.sluice'],
  testEnvironment: 'node',
};
export default {
  // How long a test takes says how busy the machine is: only one that hangs is ended.
  testTimeout: 60_000,
  projects: [
    { ...common, displayName: 'unit', roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/tools', '<rootDir>/bench'], testRegex: '\\.spec\\.ts$' },
    { ...common, displayName: 'house', roots: ['<rootDir>/test'], testMatch: ['<rootDir>/test/*.spec.ts'] },
    { ...common, displayName: 'e2e', roots: ['<rootDir>/test'], testRegex: '\\.e2e-spec\\.ts$' },
  ],
};
