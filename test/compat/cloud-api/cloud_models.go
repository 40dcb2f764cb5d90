package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// The control plane's objects: what the API's description requires is a plain field, what it lets away is a pointer or `omitempty`.

type objectMeta struct {
	Self         string    `json:"self"`
	ResourceName string    `json:"resource_name"`
	CreatedAt    time.Time `json:"created_at"`
	UpdatedAt    time.Time `json:"updated_at"`
}

type object struct {
	APIVersion string     `json:"api_version"`
	Kind       string     `json:"kind"`
	ID         string     `json:"id"`
	Metadata   objectMeta `json:"metadata"`
}

type listOf[T any] struct {
	APIVersion string `json:"api_version"`
	Kind       string `json:"kind"`
	Metadata   struct {
		First     *string `json:"first"`
		Next      *string `json:"next"`
		TotalSize *int32  `json:"total_size"`
	} `json:"metadata"`
	Data []T `json:"data"`
}

// reference is sent with related and resource_name empty: this API's generated clients do so too.
type reference struct {
	ID           string  `json:"id"`
	Environment  *string `json:"environment,omitempty"`
	Related      string  `json:"related"`
	ResourceName string  `json:"resource_name"`
	APIVersion   *string `json:"api_version,omitempty"`
	Kind         *string `json:"kind,omitempty"`
}

type failure struct {
	Errors []struct {
		ID     string `json:"id"`
		Status string `json:"status"`
		Code   string `json:"code"`
		Title  string `json:"title"`
		Detail string `json:"detail"`
		Source *struct {
			Pointer   string `json:"pointer,omitempty"`
			Parameter string `json:"parameter,omitempty"`
		} `json:"source"`
	} `json:"errors"`
}

type organization struct {
	object
	DisplayName string `json:"display_name"`
}

type environment struct {
	object
	DisplayName      string `json:"display_name"`
	StreamGovernance *struct {
		Package string `json:"package"`
	} `json:"stream_governance_config"`
}

type serviceAccount struct {
	object
	DisplayName string  `json:"display_name"`
	Description *string `json:"description"`
}

type user struct {
	object
	Email    string `json:"email"`
	FullName string `json:"full_name"`
	AuthType string `json:"auth_type"`
}

type apiKey struct {
	object
	Spec struct {
		Secret      *string    `json:"secret"`
		DisplayName *string    `json:"display_name"`
		Description *string    `json:"description"`
		Owner       reference  `json:"owner"`
		Resource    *reference `json:"resource"`
	} `json:"spec"`
}

type roleBinding struct {
	object
	Principal  string `json:"principal"`
	RoleName   string `json:"role_name"`
	CrnPattern string `json:"crn_pattern"`
}

// clusterConfig is a oneOf: without a known kind it can't be read.
type clusterConfig struct {
	Kind string
	Cku  int32
}

func (c *clusterConfig) UnmarshalJSON(body []byte) error {
	var read struct {
		Kind string `json:"kind"`
		Cku  *int32 `json:"cku"`
	}
	if err := json.Unmarshal(body, &read); err != nil {
		return err
	}
	switch read.Kind {
	case "Basic", "Standard", "Enterprise", "Freight":
	case "Dedicated":
		if read.Cku == nil {
			return fmt.Errorf("a Dedicated cluster without cku")
		}
		c.Cku = *read.Cku
	default:
		return fmt.Errorf("config is of no known kind: %s", body)
	}
	c.Kind = read.Kind
	return nil
}

type cluster struct {
	object
	Spec struct {
		DisplayName        string        `json:"display_name"`
		Availability       string        `json:"availability"`
		Cloud              string        `json:"cloud"`
		Region             string        `json:"region"`
		Config             clusterConfig `json:"config"`
		Bootstrap          *string       `json:"kafka_bootstrap_endpoint"`
		HTTPEndpoint       *string       `json:"http_endpoint"`
		DeletionProtection bool          `json:"deletion_protection"`
		Environment        reference     `json:"environment"`
	} `json:"spec"`
	Status struct {
		Phase string `json:"phase"`
		Cku   *int32 `json:"cku"`
	} `json:"status"`
}
