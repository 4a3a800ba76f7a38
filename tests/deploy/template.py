"""A CloudFormation template as it would be deployed with given parameters: enough to read what a stack gives the daemon.

Never here: what is wrong with a template; cfn-lint and the emulator say that.
"""
import yaml

NOTHING = object()


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms spelled out."""


def _short(loader, suffix, node):
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short)


class Template:
    """Resources as values; what only AWS knows is `<Resource.Attribute>`."""

    def __init__(self, path, **parameters):
        with open(path, encoding="utf-8") as file:
            self.body = yaml.load(file, _Loader)
        self.values = {name: one.get("Default") for name, one in self.body.get("Parameters", {}).items()}
        unknown = parameters.keys() - self.values.keys()
        if unknown:
            raise KeyError(f"{path} has no parameter {', '.join(sorted(unknown))}")
        self.values.update(parameters)
        missing = sorted(name for name, value in self.values.items() if value is None)
        if missing:
            raise KeyError(f"{path} needs {', '.join(missing)}")
        self.values.update({"AWS::Partition": "aws", "AWS::Region": "eu-central-1", "AWS::AccountId": "111122223333",
                            "AWS::NoValue": NOTHING})

    def resources(self, type=None):
        """Those that would be made, by logical id."""
        return {id: self.value(one.get("Properties", {})) for id, one in self.body["Resources"].items()
                if (type is None or one["Type"] == type) and ("Condition" not in one or self.holds(one["Condition"]))}

    def holds(self, condition):
        if isinstance(condition, str):
            return self.holds(self.body["Conditions"][condition])
        [(name, inner)] = condition.items()
        if name == "Condition":
            return self.holds(inner)
        if name == "Fn::Equals":
            left, right = map(self.value, inner)
            return left == right
        if name == "Fn::Not":
            return not self.holds(inner[0])
        if name in ("Fn::And", "Fn::Or"):
            return (all if name == "Fn::And" else any)(map(self.holds, inner))
        raise ValueError(f"no condition: {condition}")

    def value(self, node):
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(name, inner)] = node.items()
            if name == "Ref":
                return self.values.get(inner, f"<{inner}>")
            if name == "Fn::GetAtt":
                return f"<{'.'.join(inner)}>"
            if name == "Fn::If":
                return self.value(inner[1] if self.holds(inner[0]) else inner[2])
            if name == "Fn::Sub":
                return self._filled(inner)
            if name.startswith("Fn::"):
                raise ValueError(f"{name} is not read here")
        values = {key: self.value(inner) for key, inner in node.items()}
        return {key: value for key, value in values.items() if value is not NOTHING}

    def _filled(self, text):
        before, *parts = text.split("${")
        filled = before
        for part in parts:
            name, after = part.split("}", 1)
            filled += (f"${{{name[1:]}}}" if name.startswith("!") else str(self.values.get(name, f"<{name}>"))) + after
        return filled
