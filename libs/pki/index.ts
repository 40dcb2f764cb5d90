export { openPki } from './pki.js';
export { certificateDetails, needsRenewal } from './certificate-details.js';
export type { CertificateDetails, IssuedCertificate, LeafRequest, Pki } from './pki.types.js';
export * from './pki.limits.js';
