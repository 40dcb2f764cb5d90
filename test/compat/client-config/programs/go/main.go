// franz-go, with the package that the platform gave:
//
//	client produce TOPIC < key:value lines
//	client consume TOPIC GROUP COUNT → "partition offset value" lines
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"sluice.dev/compat/franz-go/sluicekafka"
)

func produce(ctx context.Context, topic string) error {
	client, err := sluicekafka.NewClient(kgo.DefaultProduceTopic(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	// A refused login would be tried again until the deadline.
	if err := client.Ping(ctx); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ":")
		client.Produce(ctx, kgo.KeyStringRecord(key, value), func(_ *kgo.Record, failed error) { err = errors.Join(err, failed) })
	}
	return errors.Join(lines.Err(), client.Flush(ctx), err)
}

func consume(ctx context.Context, topic, group string, count int) error {
	client, err := sluicekafka.NewClient(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group))
	if err != nil {
		return err
	}
	defer client.Close()
	for found := 0; found < count; {
		fetches := client.PollFetches(ctx)
		if failed := fetches.Errors(); len(failed) > 0 {
			return fmt.Errorf("read %d of %d: %w", found, count, failed[0].Err)
		}
		fetches.EachRecord(func(record *kgo.Record) {
			fmt.Println(record.Partition, record.Offset, string(record.Value))
			found++
		})
	}
	return client.CommitUncommittedOffsets(ctx)
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 2 && arguments[0] == "produce" {
		return produce(ctx, arguments[1])
	}
	if len(arguments) != 4 || arguments[0] != "consume" {
		return errors.New("usage: client produce TOPIC | consume TOPIC GROUP COUNT")
	}
	count, err := strconv.Atoi(arguments[3])
	if err != nil {
		return err
	}
	return consume(ctx, arguments[1], arguments[2], count)
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
