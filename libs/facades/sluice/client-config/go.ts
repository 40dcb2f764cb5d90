import { aboutConsuming, aboutLogin, aboutProducing, aboutTls, certificateLines, comment, keyOf, opening, quoted, quotedList, SECRET_VARIABLE, secretInEnvironment, text, withCa, type ClientConfigWriter, type SaslMechanism } from './client-config.js';

const logins: Record<SaslMechanism, { package: string; make: string }> = {
  'PLAIN': { package: 'plain', make: 'AsMechanism' }, 'SCRAM-SHA-256': { package: 'scram', make: 'AsSha256Mechanism' }, 'SCRAM-SHA-512': { package: 'scram', make: 'AsSha512Mechanism' },
};

/** A package for franz-go, which is written in Go alone. Lines are as gofmt leaves them. */
export const goConfig: ClientConfigWriter = (input) => {
  const title = 'franz-go';
  const slashes = (lines: readonly string[]): string[] => comment('//', lines);
  const inner = (tabs: number, lines: readonly string[]): string[] => lines.map((line) => (line === '' ? line : '\t'.repeat(tabs) + line));
  const login = logins[input.mechanism];
  const content = text(
    [...slashes([`Package sluicekafka has the options of ${opening(title, input)[0]}`, ...secretInEnvironment]), 'package sluicekafka'],
    ['import (', ...inner(1, ['"crypto/tls"', ...withCa(input.caPem, () => ['"crypto/x509"']), '"errors"', '"os"', '', '"github.com/twmb/franz-go/pkg/kgo"', `"github.com/twmb/franz-go/pkg/sasl/${login.package}"`]), ')'],
    ...(input.caPem === null ? [] : [[...slashes(aboutTls(input)), 'const authority = `', ...certificateLines(input.caPem), '`']]),
    ['// NewClient connects with these options and those that are given, which count more.', 'func NewClient(more ...kgo.Opt) (*kgo.Client, error) {',
      ...inner(1, [
        `secret := os.Getenv("${SECRET_VARIABLE}")`, 'if secret == "" {', `\treturn nil, errors.New("${SECRET_VARIABLE} is not set")`, '}',
        ...withCa(input.caPem, () => ['roots := x509.NewCertPool()', 'if !roots.AppendCertsFromPEM([]byte(authority)) {', '\treturn nil, errors.New("the authority is no certificate")', '}']),
        'options := []kgo.Opt{',
        ...inner(1, [
          `kgo.SeedBrokers(${quotedList(input.bootstrapEndpoint)}),`, ...(input.caPem === null ? slashes(aboutTls(input)) : []), input.caPem === null ? 'kgo.DialTLSConfig(&tls.Config{MinVersion: tls.VersionTLS12}),' : 'kgo.DialTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}),',
          ...slashes(aboutLogin(input.mechanism)), `kgo.SASL(${login.package}.Auth{User: ${quoted(keyOf(input))}, Pass: secret}.${login.make}()),`,
          ...slashes([...aboutProducing, 'franz-go is idempotent unless told otherwise.']), 'kgo.RequiredAcks(kgo.AllISRAcks()),',
          ...slashes(aboutConsuming), 'kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),',
        ]),
        '}', 'return kgo.NewClient(append(options, more...)...)',
      ]), '}'],
  );
  return {
    filename: 'sluicekafka.go', language: 'go', title, secretFrom: 'environment', content,
    usage: [
      `export ${SECRET_VARIABLE}=…`, 'Put it into a directory sluicekafka of your module, then: go mod tidy',
      'client, err := sluicekafka.NewClient(kgo.ConsumerGroup("GROUP"), kgo.ConsumeTopics("TOPIC"))',
    ],
  };
};
