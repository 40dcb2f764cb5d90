// A client of Kafka written with franz-go, as the other clients of this folder are:
//
//	franz-go produce TOPIC CODEC < key:value lines
//	franz-go consume TOPIC GROUP COUNT → "partition offset value" lines
//	franz-go admin TOPIC GROUP PRINCIPAL → a line per administrative call
//
// Settings come from the environment.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

func mechanism(name, user, password string) (sasl.Mechanism, error) {
	switch name {
	case "PLAIN":
		return plain.Auth{User: user, Pass: password}.AsMechanism(), nil
	case "SCRAM-SHA-256":
		return scram.Auth{User: user, Pass: password}.AsSha256Mechanism(), nil
	case "SCRAM-SHA-512":
		return scram.Auth{User: user, Pass: password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("no mechanism %q", name)
}

func connect(options ...kgo.Opt) (*kgo.Client, error) {
	pem, err := os.ReadFile(os.Getenv("CA_FILE"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("the CA file holds no certificate")
	}
	login, err := mechanism(os.Getenv("MECHANISM"), os.Getenv("API_KEY"), os.Getenv("API_SECRET"))
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("BOOTSTRAP"), ",")...),
		kgo.ClientID("sluice-compat"), kgo.SASL(login), kgo.DialTLSConfig(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}),
	}, options...)...)
}

// produce is idempotent: that is what franz-go does unless it is told not to.
func produce(ctx context.Context, topic, codec string) error {
	compression, known := codecs[codec]
	if !known {
		return fmt.Errorf("no codec %q", codec)
	}
	client, err := connect(kgo.DefaultProduceTopic(topic), kgo.ProducerBatchCompression(compression), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordDeliveryTimeout(20*time.Second))
	if err != nil {
		return err
	}
	defer client.Close()
	var first error
	var once sync.Once
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		client.Produce(ctx, kgo.KeyStringRecord(key, value), func(_ *kgo.Record, err error) {
			if err != nil {
				once.Do(func() { first = err })
			}
		})
	}
	if err := errors.Join(lines.Err(), client.Flush(ctx)); err != nil {
		return err
	}
	return first
}

func consume(ctx context.Context, topic, group string, count int) error {
	client, err := connect(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	if err != nil {
		return err
	}
	defer client.Close()
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for found := 0; found < count; {
		fetches := client.PollFetches(ctx)
		if failed := fetches.Errors(); len(failed) > 0 {
			return fmt.Errorf("read %d of %d: %w", found, count, failed[0].Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			fmt.Fprintf(out, "%d %d %s\n", record.Partition, record.Offset, record.Value)
			found++
		})
	}
	return client.CommitUncommittedOffsets(ctx)
}

func run(ctx context.Context, arguments []string) error {
	switch {
	case len(arguments) == 3 && arguments[0] == "produce":
		return produce(ctx, arguments[1], arguments[2])
	case len(arguments) == 4 && arguments[0] == "consume":
		count, err := strconv.Atoi(arguments[3])
		if err != nil {
			return err
		}
		return consume(ctx, arguments[1], arguments[2], count)
	case len(arguments) == 4 && arguments[0] == "admin":
		return administer(ctx, arguments[1], arguments[2], arguments[3])
	}
	return errors.New("usage: franz-go produce TOPIC CODEC | consume TOPIC GROUP COUNT | admin TOPIC GROUP PRINCIPAL")
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		var coded *kerr.Error
		if errors.As(err, &coded) {
			fmt.Fprintln(os.Stderr, coded.Message)
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
