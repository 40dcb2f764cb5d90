package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// session carries out administrative calls one after another and prints what each has shown; the first failure ends it.
type session struct {
	ctx                     context.Context
	admin                   *kadm.Client
	topic, group, principal string
}

func administer(ctx context.Context, topic, group, principal string) error {
	client, err := connect()
	if err != nil {
		return err
	}
	defer client.Close()
	s := session{ctx, kadm.NewClient(client), topic, group, principal}
	for _, step := range []func() (string, error){
		s.versions, s.brokers, s.createTopic, s.refuseSecondTopic, s.describeTopics, s.alterConfigs, s.addPartitions, s.refuseFewerPartitions,
		s.createAcls, s.describeAcls, s.deleteAcls, s.offsets, s.groups, s.lag, s.commitBack, s.deleteRecords, s.resources, s.deleteGroup, s.deleteTopic,
	} {
		shown, err := step()
		if err != nil {
			return err
		}
		fmt.Println(shown)
	}
	return nil
}

func expect(held bool, format string, values ...any) (string, error) {
	text := fmt.Sprintf(format, values...)
	if !held {
		return "", errors.New("not as expected: " + text)
	}
	return text, nil
}

func (s session) made() string { return s.topic + "-made" }

func (s session) versions() (string, error) {
	found, err := s.admin.ApiVersions(s.ctx)
	if err != nil {
		return "", err
	}
	keys := 0
	for _, broker := range found {
		if broker.Err != nil {
			return "", broker.Err
		}
		broker.EachKeySorted(func(_, _, _ int16) { keys++ })
	}
	return expect(keys > 20, "ApiVersions: %d keys", keys)
}

func (s session) brokers() (string, error) {
	found, err := s.admin.BrokerMetadata(s.ctx)
	if err != nil {
		return "", err
	}
	return expect(len(found.Brokers) == 1 && found.Cluster != "" && found.Controller >= 0, "describe cluster: %d broker, controller %d", len(found.Brokers), found.Controller)
}

func (s session) createTopic() (string, error) {
	retention := "3600000"
	made, err := s.admin.CreateTopic(s.ctx, 3, 1, map[string]*string{"retention.ms": &retention}, s.made())
	if err != nil {
		return "", err
	}
	config := made.Configs["retention.ms"]
	identified := made.ID != kadm.TopicID{}
	return expect(made.NumPartitions == 3 && identified && config.MaybeValue() == retention, "create topic: %d partitions, with its id and configs", made.NumPartitions)
}

func (s session) refuseSecondTopic() (string, error) {
	_, err := s.admin.CreateTopic(s.ctx, 3, 1, nil, s.made())
	return expect(errors.Is(err, kerr.TopicAlreadyExists), "create it again: %v", err)
}

func (s session) describeTopics() (string, error) {
	found, err := s.admin.ListTopicsWithInternal(s.ctx)
	if err != nil {
		return "", err
	}
	if err := found.Error(); err != nil {
		return "", err
	}
	made := found[s.made()]
	return expect(found.Has(s.topic) && len(made.Partitions) == 3 && found["__consumer_offsets"].IsInternal, "list topics: %d with the internal one", len(found))
}

func (s session) alterConfigs() (string, error) {
	value := "86400000"
	changed, err := s.admin.AlterTopicConfigs(s.ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &value}}, s.made())
	if err != nil {
		return "", err
	}
	for _, topic := range changed {
		if topic.Err != nil {
			return "", topic.Err
		}
	}
	described, err := s.admin.DescribeTopicConfigs(s.ctx, s.made())
	if err != nil {
		return "", err
	}
	configs, err := described.On(s.made(), nil)
	if err = errors.Join(err, configs.Err); err != nil {
		return "", err
	}
	at := slices.IndexFunc(configs.Configs, func(config kadm.Config) bool { return config.Key == "retention.ms" })
	return expect(at >= 0 && configs.Configs[at].MaybeValue() == value, "alter and describe configs: retention.ms among %d", len(configs.Configs))
}

func (s session) addPartitions() (string, error) {
	grown, err := s.admin.UpdatePartitions(s.ctx, 5, s.made())
	if err != nil {
		return "", err
	}
	return "create partitions: 5", grown.Error()
}

func (s session) refuseFewerPartitions() (string, error) {
	shrunk, err := s.admin.UpdatePartitions(s.ctx, 2, s.made())
	if err == nil {
		err = shrunk.Error()
	}
	return expect(errors.Is(err, kerr.InvalidPartitions), "fewer partitions: %v", err)
}

func (s session) acls() *kadm.ACLBuilder {
	return kadm.NewACLs().Topics(s.made()).ResourcePatternType(kadm.ACLPatternLiteral).Operations(kadm.OpRead, kadm.OpWrite).Allow(s.principal).AllowHosts("*")
}

func (s session) createAcls() (string, error) {
	made, err := s.admin.CreateACLs(s.ctx, s.acls())
	if err != nil {
		return "", err
	}
	for _, acl := range made {
		if acl.Err != nil {
			return "", acl.Err
		}
	}
	return expect(len(made) == 2, "create ACLs: %d", len(made))
}

func (s session) describeAcls() (string, error) {
	found, err := s.admin.DescribeACLs(s.ctx, s.acls())
	if err != nil {
		return "", err
	}
	described := 0
	for _, result := range found {
		if result.Err != nil {
			return "", result.Err
		}
		described += len(result.Described)
	}
	return expect(described == 2, "describe ACLs: %d", described)
}

func (s session) deleteAcls() (string, error) {
	gone, err := s.admin.DeleteACLs(s.ctx, s.acls())
	if err != nil {
		return "", err
	}
	deleted := 0
	for _, result := range gone {
		if result.Err != nil {
			return "", result.Err
		}
		deleted += len(result.Deleted)
	}
	return expect(deleted == 2, "delete ACLs: %d", deleted)
}

func sum(offsets kadm.ListedOffsets) (total int64) {
	offsets.Each(func(offset kadm.ListedOffset) { total += offset.Offset })
	return total
}

func (s session) offsets() (string, error) {
	starts, err := s.admin.ListStartOffsets(s.ctx, s.topic)
	if err != nil {
		return "", err
	}
	ends, err := s.admin.ListEndOffsets(s.ctx, s.topic)
	if err != nil {
		return "", err
	}
	later, err := s.admin.ListOffsetsAfterMilli(s.ctx, time.Now().Add(time.Hour).UnixMilli(), s.topic)
	if err != nil {
		return "", err
	}
	if err := errors.Join(starts.Error(), ends.Error(), later.Error()); err != nil {
		return "", err
	}
	return expect(sum(starts) == 0 && sum(ends) > 0 && sum(later) == sum(ends), "list offsets: from %d to %d, none after the next hour", sum(starts), sum(ends))
}

func (s session) groups() (string, error) {
	listed, err := s.admin.ListGroups(s.ctx)
	if err != nil {
		return "", err
	}
	described, err := s.admin.DescribeGroups(s.ctx, s.group)
	if err != nil {
		return "", err
	}
	group := described[s.group]
	return expect(slices.Contains(listed.Groups(), s.group) && group.Err == nil && group.State == "Empty", "list and describe groups: %s is %s", s.group, group.State)
}

func (s session) lag() (string, error) {
	lags, err := s.admin.Lag(s.ctx, s.group)
	if err != nil {
		return "", err
	}
	group := lags[s.group]
	if err := group.Error(); err != nil {
		return "", err
	}
	return expect(group.Lag.Total() == 0 && len(group.Lag[s.topic]) > 0, "lag: %d over %d partitions", group.Lag.Total(), len(group.Lag[s.topic]))
}

// commitBack moves the group to the start, as a tool that resets offsets does: its lag is then the whole topic.
func (s session) commitBack() (string, error) {
	starts, err := s.admin.ListStartOffsets(s.ctx, s.topic)
	if err != nil {
		return "", err
	}
	if err := s.admin.CommitAllOffsets(s.ctx, s.group, starts.Offsets()); err != nil {
		return "", err
	}
	ends, err := s.admin.ListEndOffsets(s.ctx, s.topic)
	if err != nil {
		return "", err
	}
	lags, err := s.admin.Lag(s.ctx, s.group)
	if err != nil {
		return "", err
	}
	total := lags[s.group].Lag.Total()
	return expect(total == sum(ends), "reset offsets: lag %d", total)
}

func (s session) deleteRecords() (string, error) {
	ends, err := s.admin.ListEndOffsets(s.ctx, s.topic)
	if err != nil {
		return "", err
	}
	gone, err := s.admin.DeleteRecords(s.ctx, ends.Offsets())
	if err != nil {
		return "", err
	}
	if err := gone.Error(); err != nil {
		return "", err
	}
	starts, err := s.admin.ListStartOffsets(s.ctx, s.topic)
	return expect(err == nil && sum(starts) == sum(ends), "delete records: the topic now starts at %d", sum(starts))
}

func (s session) resources() (string, error) {
	configs, err := s.admin.DescribeBrokerConfigs(s.ctx, 1)
	if err != nil {
		return "", err
	}
	broker, err := configs.On("1", nil)
	if err = errors.Join(err, broker.Err); err != nil {
		return "", err
	}
	return expect(len(broker.Configs) > 50, "describe broker configs: %d", len(broker.Configs))
}

func (s session) deleteGroup() (string, error) {
	_, err := s.admin.DeleteGroup(s.ctx, s.group)
	return "delete group: " + s.group, err
}

func (s session) deleteTopic() (string, error) {
	if _, err := s.admin.DeleteTopic(s.ctx, s.made()); err != nil {
		return "", err
	}
	_, err := s.admin.DeleteTopic(s.ctx, s.made())
	return expect(errors.Is(err, kerr.UnknownTopicOrPartition), "delete topic, and again: %v", err)
}
