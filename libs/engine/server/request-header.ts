/**
 * Request header v1 (api key, version, correlation id, client id) and v2 (the same and tags); the client id keeps its two-byte length in both.
 * Response header v0 is the correlation id, v1 has tags; ApiVersions always answers with v0, for clients that don't know what we speak.
 */
import { ApiKey, Reader, Writer, type Draft, type MessageCodec } from '#libs/kafka/protocol';

/** What stands at the same place in every version. */
export function readRequestPrefix(reader: Reader): { apiKey: number; apiVersion: number; correlationId: number } {
  return { apiKey: reader.int16(), apiVersion: reader.int16(), correlationId: reader.int32() };
}

/** The rest of the header, up to the body. */
export function readClientId(reader: Reader, flexible: boolean): string | null {
  const clientId = reader.nullableString(false);
  if (flexible) reader.skipTags();
  return clientId;
}

/** A whole response frame, length included. */
export function encodeResponse<T>(codec: MessageCodec<T>, apiVersion: number, correlationId: number, value: Draft<T>): Buffer[] {
  const writer = new Writer();
  writer.int32(0);
  writer.int32(correlationId);
  if (apiVersion >= codec.flexibleFrom && codec.apiKey !== ApiKey.ApiVersions) writer.uvarint(0);
  codec.write(writer, apiVersion, value);
  const sizeBytes = writer.sizeBytes;
  const chunks = writer.finish();
  chunks[0]!.writeInt32BE(sizeBytes - 4, 0);
  return chunks;
}

/** A frame around bytes that have no header: SASL tokens after a handshake of version 0. */
export function frameOf(bytes: Buffer): Buffer[] {
  const length = Buffer.allocUnsafe(4);
  length.writeInt32BE(bytes.length, 0);
  return [length, bytes];
}
