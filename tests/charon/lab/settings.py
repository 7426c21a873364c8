"""Text in the format of strongswan.conf and swanctl.conf."""


def render(section, depth=0):
    """A nested dict as settings; None leaves a key out, a bool becomes yes or no."""
    indent = "    " * depth
    lines = []
    for key, value in section.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key} {{", render(value, depth + 1), f"{indent}}}"]
        elif isinstance(value, bool):
            lines.append(f"{indent}{key} = {'yes' if value else 'no'}")
        elif value is not None:
            lines.append(f"{indent}{key} = {value}")
    return "\n".join(line for line in lines if line) + ("\n" if depth == 0 else "")


def merged(base, extra):
    """`base` with the values of `extra`, section by section."""
    result = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            value = merged(result[key], value)
        result[key] = value
    return result
