/**
 * What every HTTP façade shares, and nothing of any vendor.
 *
 * A request passes: request id → access log → security headers → `/api` stripped → refused-credential limit per address → credential
 * (Passport, HTTP Basic) → limit per key → body (JSON in UTF-8, 1 MiB, depth 32) → Nest's routing → `RequestPipe` → controller. Every error on the way
 * leaves through `ErrorFilter` in the dialect of its path.
 *
 * To write a façade:
 * - Controllers take `@CurrentCaller() caller`, `@BaseUrl() baseUrl` (for `metadata.self`), `@Paging() page` (with `@ApiPaging()`), and a DTO
 *   class for body or query. A DTO declares its fields with class-validator and @ApiProperty; undeclared fields are dropped, or refused when the
 *   class has `@RejectUnknownFields()`.
 * - Body mistakes answer 422 `invalid_configuration` with `source.pointer`, query mistakes 400 `invalid_filter` with `source.parameter`. Failures of
 *   use cases pass through; a façade throws `HttpFailure` only for what is its own dialect's matter.
 * - A dialect of its own is an `ErrorDialect` (path prefix and presenter) handed to `createHttpApplication`; the default is the control plane's.
 * - Routes are private unless listed in `publicPaths`.
 */
export * from './http.limits.js';
export { HttpFailure, invalidBody, invalidParameter, unauthenticated, type Problem, type ProblemDetail, type ProblemSource } from './problem.js';
export { presentControlPlaneError, type ErrorDialect, type ErrorPresenter } from './error-dialects.js';
export { type ResourcePath } from './problem.mapper.js';
export { type PublicPaths } from './authentication.js';
export { BaseUrl, CurrentCaller } from './decorators.js';
export { ApiPaging, Paging, presentListMetadata, readListRequest, type ListMetadata, type ListRequest } from './paging.js';
export { RejectUnknownFields, RequestPipe } from './request.pipe.js';
export { createHttpApplication, type HttpApplicationOptions } from './http-application.js';
export { type ServerTls } from './http-adapter.js';
export { requestContextOf, type RequestContext } from './request-context.js';
export type { AnsweredRequest } from './middleware.js';
export * from './fields.js';
export { ApiErrors, listOf, ListMetadataDto, ObjectMetadataDto, presentList, ReferenceDto, ErrorsDto, type ListBody } from './envelope.dto.js';
export { LocationInterceptor } from './location.interceptor.js';
export { CONTROL_SERVICES, KAFKA_DATA_PLANE, type ApiGroup } from './control-services.js';
export { createOpenApiDocuments, type DocumentWords, type OpenApiDocuments } from './openapi.js';
