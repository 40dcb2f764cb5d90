export interface LeafRequest {
  commonName: string;
  /** DNS names and IP addresses; empty for a client. */
  hosts: readonly string[];
  /** A server's certificate can't be used to log in as a client, nor the other way round; brokers are peers of one another and do both. */
  usage: 'server' | 'client' | 'peer';
}

export interface IssuedCertificate {
  /** PKCS#8. */
  keyPem: string;
  certificatePem: string;
  notAfterMs: number;
}

export interface CertificateDetails {
  commonName: string;
  hosts: string[];
  notBeforeMs: number;
  notAfterMs: number;
}

/** The certificate authority of one installation. */
export interface Pki {
  readonly caPem: string;
  readonly caFile: string;
  issue(request: LeafRequest): Promise<IssuedCertificate>;
  /**
   * Makes sure that `file` (0600: private key, then certificate, PEM) holds a certificate for this request that this authority signed
   * and that isn't due for renewal; replaces it atomically otherwise. `changed` says whether it wrote.
   */
  ensureLeaf(file: string, request: LeafRequest): Promise<IssuedCertificate & { changed: boolean }>;
  /** Platform's own client certificate for brokers' internal listeners, at `<pki>/control-plane.pem`. */
  ensureControlPlaneClient(): Promise<IssuedCertificate & { changed: boolean }>;
}
