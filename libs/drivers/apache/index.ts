export { createApacheDrivers, type ApacheDriverOptions, type ApacheDrivers } from './apache.driver.js';
export { javaProblem } from './java-glance.js';
export * from './apache.limits.js';
