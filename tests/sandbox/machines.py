"""The emulated account's instances: a second emulator, since the first has no network interfaces.

It enforces nothing, so here only the written state can be looked at. Never here: IAM, buckets, queues (`aws.py`).
"""
import aws
from botocore.exceptions import BotoCoreError, ClientError

# Any image: nothing boots.
IMAGE = "ami-12c6146b"


class Machines:
    def __init__(self, url):
        self.url = url
        self.ec2 = aws.client("ec2", url, aws.ROOT)

    def answer(self):
        """Whether the emulator serves calls yet."""
        try:
            self.ec2.describe_regions()
            return True
        except (BotoCoreError, ClientError):
            return False

    def start(self, name, profile=None):
        """An instance with a public web server's group; gives what a finding says about it."""
        vpc = self.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        groups = self.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["web"]}])["SecurityGroups"]
        if groups:
            group = groups[0]["GroupId"]
        else:
            group = self.ec2.create_security_group(GroupName="web", Description="Web servers", VpcId=vpc)["GroupId"]
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
        told = self.ec2.run_instances(
            ImageId=IMAGE, MinCount=1, MaxCount=1, InstanceType="m5.large",
            **({"IamInstanceProfile": {"Arn": profile}} if profile else {}),
            TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}])
        # Groups named at launch would stick to its interfaces in the emulator, whatever is set later.
        for interface in told["Instances"][0]["NetworkInterfaces"]:
            self.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface["NetworkInterfaceId"], Groups=[group])
        return self.ec2.describe_instances(InstanceIds=[told["Instances"][0]["InstanceId"]])["Reservations"][0]["Instances"][0]

    def all(self):
        """Every instance there is, the latest first."""
        found = [one for each in self.ec2.describe_instances()["Reservations"] for one in each["Instances"]]
        return sorted(found, key=lambda one: one["LaunchTime"], reverse=True)

    def reach(self, groups):
        """What may come in and go out through these groups: how many rules of each."""
        if not groups:
            return 0, 0
        told = self.ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
        return sum(len(one["IpPermissions"]) for one in told), sum(len(one["IpPermissionsEgress"]) for one in told)

    def snapshots(self, instance):
        volumes = [disk["Ebs"]["VolumeId"] for disk in instance.get("BlockDeviceMappings", []) if "Ebs" in disk]
        if not volumes:
            return 0
        told = self.ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "volume-id", "Values": volumes}])
        return len(told["Snapshots"])
