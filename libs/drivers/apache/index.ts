export { createApacheDrivers, type ApacheDriverOptions, type ApacheDrivers } from './apache.driver.js';
export * from './apache.limits.js';
