package main

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Kafka REST v3's objects, by the same rule.

type kafkaError struct {
	ErrorCode int32  `json:"error_code"`
	Message   string `json:"message"`
}

type link struct {
	Related string `json:"related"`
}

type resource struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Self         string  `json:"self"`
		ResourceName *string `json:"resource_name"`
	} `json:"metadata"`
	ClusterID string `json:"cluster_id"`
}

type collection[T any] struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Self string  `json:"self"`
		Next *string `json:"next"`
	} `json:"metadata"`
	Data []T `json:"data"`
}

type kafkaCluster struct {
	resource
	Controller             *link `json:"controller"`
	Acls                   link  `json:"acls"`
	Brokers                link  `json:"brokers"`
	BrokerConfigs          link  `json:"broker_configs"`
	ConsumerGroups         link  `json:"consumer_groups"`
	Topics                 link  `json:"topics"`
	PartitionReassignments link  `json:"partition_reassignments"`
}

type topic struct {
	resource
	TopicName              string    `json:"topic_name"`
	IsInternal             bool      `json:"is_internal"`
	ReplicationFactor      int32     `json:"replication_factor"`
	PartitionsCount        int32     `json:"partitions_count"`
	Partitions             link      `json:"partitions"`
	Configs                link      `json:"configs"`
	PartitionReassignments link      `json:"partition_reassignments"`
	AuthorizedOperations   *[]string `json:"authorized_operations"`
}

type partition struct {
	resource
	TopicName    string `json:"topic_name"`
	PartitionID  int32  `json:"partition_id"`
	Leader       *link  `json:"leader"`
	Replicas     link   `json:"replicas"`
	Reassignment link   `json:"reassignment"`
}

type config struct {
	resource
	Name        string  `json:"name"`
	Value       *string `json:"value"`
	IsDefault   bool    `json:"is_default"`
	IsReadOnly  bool    `json:"is_read_only"`
	IsSensitive bool    `json:"is_sensitive"`
	Source      string  `json:"source"`
	Synonyms    []struct {
		Name   string  `json:"name"`
		Value  *string `json:"value"`
		Source string  `json:"source"`
	} `json:"synonyms"`
}

type topicConfig struct {
	config
	TopicName string `json:"topic_name"`
}

type brokerConfig struct {
	config
	ConfigType string `json:"config_type"`
}

// resourceType is an enumeration: a word outside of it is an error.
type resourceType string

func (t *resourceType) UnmarshalJSON(body []byte) error {
	var word string
	if err := json.Unmarshal(body, &word); err != nil {
		return err
	}
	if !slices.Contains([]string{"UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN"}, word) {
		return fmt.Errorf("no resource type %q", word)
	}
	*t = resourceType(word)
	return nil
}

type aclRule struct {
	ResourceType resourceType `json:"resource_type"`
	ResourceName string       `json:"resource_name"`
	PatternType  string       `json:"pattern_type"`
	Principal    string       `json:"principal"`
	Host         string       `json:"host"`
	Operation    string       `json:"operation"`
	Permission   string       `json:"permission"`
}

type acl struct {
	resource
	aclRule
}

type consumerGroup struct {
	resource
	ConsumerGroupID      string `json:"consumer_group_id"`
	IsSimple             bool   `json:"is_simple"`
	PartitionAssignor    string `json:"partition_assignor"`
	State                string `json:"state"`
	Type                 string `json:"type"`
	IsMixedConsumerGroup bool   `json:"is_mixed_consumer_group"`
	Coordinator          link   `json:"coordinator"`
	Consumers            link   `json:"consumers"`
	LagSummary           link   `json:"lag_summary"`
}

type consumer struct {
	resource
	ConsumerGroupID string  `json:"consumer_group_id"`
	ConsumerID      string  `json:"consumer_id"`
	InstanceID      *string `json:"instance_id"`
	ClientID        string  `json:"client_id"`
	Assignments     link    `json:"assignments"`
}

type assignment struct {
	resource
	ConsumerGroupID string `json:"consumer_group_id"`
	ConsumerID      string `json:"consumer_id"`
	TopicName       string `json:"topic_name"`
	PartitionID     int32  `json:"partition_id"`
	Partition       link   `json:"partition"`
	Lag             link   `json:"lag"`
}

type lagSummary struct {
	resource
	ConsumerGroupID   string  `json:"consumer_group_id"`
	MaxLagConsumerID  string  `json:"max_lag_consumer_id"`
	MaxLagInstanceID  *string `json:"max_lag_instance_id"`
	MaxLagClientID    string  `json:"max_lag_client_id"`
	MaxLagTopicName   string  `json:"max_lag_topic_name"`
	MaxLagPartitionID int32   `json:"max_lag_partition_id"`
	MaxLag            int64   `json:"max_lag"`
	TotalLag          int64   `json:"total_lag"`
	MaxLagConsumer    link    `json:"max_lag_consumer"`
	MaxLagPartition   link    `json:"max_lag_partition"`
}

type lag struct {
	resource
	ConsumerGroupID string  `json:"consumer_group_id"`
	TopicName       string  `json:"topic_name"`
	PartitionID     int32   `json:"partition_id"`
	CurrentOffset   int64   `json:"current_offset"`
	LogEndOffset    int64   `json:"log_end_offset"`
	Lag             int64   `json:"lag"`
	ConsumerID      string  `json:"consumer_id"`
	InstanceID      *string `json:"instance_id"`
	ClientID        string  `json:"client_id"`
}
