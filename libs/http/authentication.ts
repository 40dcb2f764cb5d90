import type { Request, RequestHandler } from 'express';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { BasicStrategy } from 'passport-http';
import type { AuthenticationService, Caller } from '#libs/control/application';
import { unauthenticated } from './problem.js';
import { requestContextOf } from './request-context.js';
import type { RequestWindow } from './request-window.js';

/** Paths that need no credential: exactly these, or below those that end in `/`. */
export type PublicPaths = readonly string[];

export function isPublic(paths: PublicPaths, path: string): boolean {
  return paths.some((each) => (each.endsWith('/') ? path.startsWith(each) || `${path}/` === each : path === each));
}

/** What can't be a key of ours isn't looked up (a NUL would make the database complain). */
const saneKeyId = /^[\x21-\x7e]{1,128}$/;
const saneSecret = /^[\x20-\x7e]{1,512}$/;

/**
 * Attaches the caller or refuses with 401, through a Passport of this application's own (not the process-wide one), so that two
 * applications in one process don't share strategies.
 */
export function authentication(options: { authenticator: AuthenticationService; publicPaths: PublicPaths; failedLogins: RequestWindow }): RequestHandler {
  const instance = new passport.Passport();
  class BasicKeyStrategy extends PassportStrategy(BasicStrategy, 'basic') {
    getPassportInstance(): typeof instance { return instance; }
    async validate(request: Request, keyId: string, secret: string): Promise<Caller | false> {
      if (!saneKeyId.test(keyId) || !saneSecret.test(secret)) return false;
      return await options.authenticator.authenticate({ keyId, secret, requestId: requestContextOf(request).requestId }) ?? false;
    }
  }
  new BasicKeyStrategy({ passReqToCallback: true });

  return (request, response, next) => {
    const context = requestContextOf(request);
    if (isPublic(options.publicPaths, context.path)) return next();
    const done = (error: unknown, caller: Caller | false | null | undefined): void => {
      if (error) return next(error);
      if (!caller) {
        if (request.headers.authorization !== undefined) options.failedLogins.take(request.ip ?? '');
        return next(unauthenticated());
      }
      context.caller = caller;
      next();
    };
    (instance.authenticate(['basic'], { session: false }, done) as RequestHandler)(request, response, next);
  };
}
