# SPDX-License-Identifier: ISC
# perl random-machine.pl SEED: commands for a node's shell that make a machine
# of it as nobody would set one up: packet filters in both address families,
# lists and Match blocks of sshd, hosts.allow and hosts.deny, PAM, the state of
# the account. Each part is as likely to let the master in as to keep it out. A
# rule set that its own program refuses is left out. The first line is a comment
# with the address family in which the two know each other: 4 or 6.
#
# The master is 192.0.2.10 or 2001:db8::10, the node .20 or ::20, on eth0.
use strict;
use warnings;

srand( $ARGV[0] );

sub one   { $_[ rand @_ ] }
sub maybe { rand() < $_[0] }
sub not_  { maybe(0.15) ? '! ' : '' }
sub some  { my ( $n, $f ) = @_; map { $f->() } 1 .. 1 + int rand $n }

my $six     = maybe(0.35);
my $master  = $six ? '2001:db8::10' : '192.0.2.10';
my $node    = $six ? '2001:db8::20' : '192.0.2.20';
my @singles = $six ? ( $master, '2001:db8::9' ) : ( $master, '192.0.2.9' );
my @nets =
  $six
  ? ( '2001:db8::/112', '2001:db8::8/125', '2001:db8:1::/48', '2001:db8::/32' )
  : ( '192.0.2.0/28', '192.0.2.8/30', '192.0.2.128/25', '198.51.100.0/24', '192.0.2.0/24' );

sub address { one( @singles, @nets ) }

# --- iptables ---

sub iptables_match {
    my ($in) = @_;
    my ( $s, $d, $i, $sport, $dport ) =
      $in ? ( '-s', '-d', '-i', '--sport', '--dport' ) : ( '-d', '-s', '-o', '--dport', '--sport' );
    my $m = '';
    $m .= not_() . "$s " . address() . ' '                       if maybe(0.35);
    $m .= not_() . "$d $node "                                   if maybe(0.1);
    $m .= not_() . "$i " . one( 'eth0', 'eth+', 'eth1', 'lo' ) . ' ' if maybe(0.2);
    if ( maybe(0.7) ) {
        $m .= '-p tcp ';
        $m .= '-m tcp ' . not_() . "$dport " . one( 22, 80, '20:25', '1024:' ) . ' ' if maybe(0.5);
        $m .= '-m multiport ' . not_() . "${dport}s " . one( '22,80', '443,8000:9000', '1:1023' ) . ' '
          if maybe(0.2);
        $m .= '-m tcp '
          . not_()
          . one( '--syn', '--tcp-flags SYN,ACK SYN', '--tcp-flags ALL NONE',
            '--tcp-flags SYN,RST SYN,RST' )
          . ' '
          if maybe(0.15);
    }
    $m .= '-m conntrack ' . not_() . '--ctstate ' . one( 'NEW', 'ESTABLISHED,RELATED', 'INVALID' ) . ' '
      if maybe(0.3);
    $m .= '-m set ' . not_() . '--match-set ' . one( 'friends', 'nets', 'every' ) . ' '
      . ( $in ? 'src ' : 'dst ' )
      if maybe(0.15);
    $m .= '-m mark ' . not_() . '--mark ' . one( '0x0', '0x1', '0x1/0x3' ) . ' '     if maybe(0.07);
    $m .= '-m addrtype ' . not_() . '--dst-type ' . one( 'LOCAL', 'UNICAST' ) . ' ' if maybe(0.07);
    $m .= '-m comment --comment "a -j DROP \\"of\\" words" '                        if maybe(0.1);
    $m .= '-m length --length 900:65535 '                                          if maybe(0.04);
    return $m;
}

sub iptables_rules {
    my $text = '';
    for my $table ( [ 'raw', 0.1, 'PREROUTING', 'OUTPUT' ],
        [ 'mangle', 0.25, 'PREROUTING', 'INPUT', 'OUTPUT' ] )
    {
        my ( $name, $often, @hooks ) = @$table;
        $text .= "*$name\n";
        for my $hook (@hooks) {
            next if !maybe($often);
            my $deed = $name eq 'raw' ? one( '-j ACCEPT', '-j DROP' ) : one( '-j MARK --set-mark 0x1', '-j DROP' );
            $text .= "-A $hook " . iptables_match( $hook ne 'OUTPUT' ) . "$deed\n";
        }
        $text .= "COMMIT\n";
    }
    my %policy = ( INPUT => maybe(0.3), OUTPUT => maybe(0.08) );
    $text .= "*filter\n";
    $text .= ":$_ " . ( $policy{$_} ? 'DROP' : 'ACCEPT' ) . " [0:0]\n" for sort keys %policy;
    for my $way ( 'in', 'out' ) { $text .= ":$way-$_ - [0:0]\n" for 0 .. 2 }
    $text .= "-A INPUT -i lo -j ACCEPT\n-A OUTPUT -o lo -j ACCEPT\n";
    $text .= "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT\n" if maybe(0.7);
    $text .= "-A INPUT -p ipv6-icmp -j ACCEPT\n-A OUTPUT -p ipv6-icmp -j ACCEPT\n" if $six && maybe(0.7);
    for my $way ( 'in', 'out' ) {
        for my $c ( -1 .. 2 ) {
            my $name = $c == -1 ? ( $way eq 'in' ? 'INPUT' : 'OUTPUT' ) : "$way-$c";
            for ( 1 .. ( $way eq 'in' ? 4 : 2 ) * rand ) {
                my @jump = map { ( "-j $way-$_", "-g $way-$_" ) } $c + 1 .. 2;
                my $deed = one( ('-j ACCEPT') x ( $way eq 'in' ? 2 : 5 ), '-j DROP', '-j REJECT',
                    '-j RETURN', '-j LOG', '', @jump );
                $text .= "-A $name " . iptables_match( $way eq 'in' ) . "$deed\n";
            }
        }
    }
    return $text . "COMMIT\n";
}

sub iptables_part {
    my $program = ( $six ? 'ip6tables' : 'iptables' ) . one( '', '', '-legacy' );
    my $family  = $six ? 'inet6'                      : 'inet';
    my $sets    = "create friends hash:net family $family\ncreate nets hash:net family $family\ncreate every list:set\n";
    $sets .= join '', map { "add friends $_ -exist\n" } some( 3, \&address );
    $sets .= "add nets $_\n" for $six ? '2001:db8::/112' : '192.0.2.0/24';
    $sets .= "add nets $singles[0] nomatch\n" if maybe(0.5);
    $sets .= "add every nets\n";
    return feed( 'ipset -exist restore', $sets ) . feed( "$program-restore", iptables_rules() );
}

# --- nft ---

sub nft_addresses {
    my @v = grep { maybe(0.6) } $six ? ( $master, '2001:db8::1-2001:db8::9', '2001:db8:1::/48' )
      : ( $master, '192.0.2.1-192.0.2.9', '192.0.2.128/25' );
    return '{ ' . join( ', ', @v ? @v : $singles[1] ) . ' }';
}

sub nft_match {
    my ($in) = @_;
    my $ip = $six ? 'ip6' : 'ip';
    my ( $s, $dport, $if ) = $in ? ( 'saddr', 'dport', 'iifname' ) : ( 'daddr', 'sport', 'oifname' );
    my $ne  = one( '', '', '', '!= ' );
    my @all = (
        "$ip $s $ne" . one( address(), nft_addresses(), '@friends' ),
        "tcp $dport $ne" . one( 22, '20-25', '{ 22, 80 }', '{ 80, 8000-9000 }', '1024-65535' ),
        "tcp $dport " . one( '<', '>=' ) . ' ' . one( 22, 23, 80 ),
        "$ip $s . tcp $dport $ne" . one( '@pairs', "{ $master . 22, $singles[1] . 80 }" ),
        one( 'udp dport 22', 'th dport { 22, 53 }', 'meta l4proto ' . $ne . one( 'tcp', '{ tcp, udp }' ) ),
        "$if $ne" . one( '"eth0"', '"eth*"', '{ "eth0", "lo" }', '"wlan*"' ),
        'ct state ' . $ne . one( 'new', 'established,related', 'invalid', '{ new, established }' ),
        'tcp flags ' . one( 'syn', '& (syn | ack) == syn', '& (fin | syn) == (fin | syn)', '== 0x0', '& syn == 0' ),
        'meta mark ' . $ne . one( '0x0', '0x1' ),
        'meta length 900-65535',
        'fib daddr type ' . $ne . one( 'local', 'multicast' ),
        one( 'counter', 'log prefix "x"', 'ct mark 0' ),
    );
    return join ' ', map { one(@all) } 1 .. rand 4;
}

sub nft_chain {
    my ( $way, $c ) = @_;
    my $text = '';
    for ( 1 .. ( $way eq 'in' ? 4 : 2 ) * rand ) {
        my @chains = map { "$way-$_" } $c + 1 .. 2;
        my @to     = ( 'accept', 'drop', 'continue', 'return', map { "jump $_" } @chains );
        my $deed   = one( ('accept') x ( $way eq 'in' ? 2 : 5 ), 'drop', 'reject', 'return', 'meta mark set 0x1',
            map { ( "jump $_", "goto $_" ) } @chains );
        $deed = one(
            'tcp dport vmap { 22 : ' . one(@to) . ', 80 : ' . one(@to) . ', 8000-9000 : drop }',
            'ct state vmap { established : accept, new : ' . one(@to) . ', invalid : drop }',
            'iifname vmap { "lo" : accept, "eth0" : ' . one(@to) . ' }',
            'meta l4proto vmap { tcp : ' . one(@to) . ', udp : drop }'
        ) if $way eq 'in' && maybe(0.15);
        $text .= "\t\t" . nft_match( $way eq 'in' ) . " $deed\n";
    }
    return $text;
}

sub nft_part {
    my $family = one( 'inet', 'inet', $six ? 'ip6' : 'ip' );
    my $type   = $six ? 'ipv6_addr' : 'ipv4_addr';
    my $text   = '';
    for my $t ( 0 .. one( 0, 0, 1 ) ) {
        $text .= "table $family guard$t {\n\tset friends { type $type; flags interval; elements = " . nft_addresses() . "; }\n";
        $text .= "\tset pairs { type $type . inet_service; elements = { " . one(@singles) . " . 22 }; }\n";
        for my $way ( 'in', 'out' ) {
            $text .= "\tchain $way-$_ {\n" . nft_chain( $way, $_ ) . "\t}\n" for reverse 0 .. 2;
        }
        for my $hook ( 'prerouting', 'input', 'output' ) {
            next if maybe( $hook eq 'input' ? 0.1 : 0.7 );
            my $policy = maybe( $hook eq 'input' ? 0.3 : 0.08 ) ? 'drop' : 'accept';
            my $way    = $hook eq 'output'                      ? 'out'  : 'in';
            $text .= "\tchain $hook {\n\t\ttype filter hook $hook priority " . one( -300, -150, 0, 10 ) . "; policy $policy;\n";
            $text .= "\t\tmeta " . ( $way eq 'in' ? 'i' : 'o' ) . "ifname \"lo\" accept\n";
            $text .= "\t\tct state established,related accept\n" if maybe(0.7);
            $text .= "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n" if $six && maybe(0.7);
            $text .= nft_chain( $way, -1 ) . "\t}\n";
        }
        $text .= "}\n";
    }
    return feed( 'nft -f -', $text );
}

# --- sshd, and what stands before and behind it ---

sub user { one( 'root', 'games', 'bijk', 'b*', '*', 'b?jk', 'bijk@' . address(), '*@' . one(@nets) ) }

sub sshd_part {
    my @lines;
    push @lines, 'UseDNS ' . one( 'yes', 'no' ) if maybe(0.2);
    push @lines, 'AllowUsers ' . join ' ', some( 4, \&user )           if maybe(0.4);
    push @lines, 'DenyUsers ' . join ' ', some( 2, sub { one( 'games', 'root', user() ) } ) if maybe(0.2);
    push @lines, 'AllowGroups ' . join ' ', some( 3, sub { one( 'wheel', 'bijk', 'b*', 'root' ) } ) if maybe(0.2);
    push @lines, 'DenyGroups ' . join ' ', some( 2, sub { one( 'games', 'users', 'bijk' ) } ) if maybe(0.1);
    push @lines, setting() if maybe(0.3);
    for ( 1 .. rand 3 ) {
        push @lines, 'Match ' . join ' ', some( 2, sub {
            one( 'User ' . one( 'bijk', '*,!root', '*,!bijk' ), 'Group ' . one( 'bijk', 'wheel' ),
                'Address ' . one( address(), one(@nets) . ",!$master" ),
                'LocalPort ' . one( 22, 2222 ), "LocalAddress $node" ) } );
        push @lines, some( 2, sub { "\t" . setting() } );
    }
    my $file = one( '/etc/ssh/sshd_config', '/etc/ssh/sshd_config.d/' . one( '00-a', '50-site' ) . '.conf' );
    push @lines, 'Match all' if grep { /^Match/ } @lines;
    return '' if !@lines;
    return feed( "cat >>$file", join( "\n", @lines ) . "\n" ) . "sshd_has\n";
}

sub setting {
    return one(
        'PubkeyAuthentication no', 'PubkeyAuthentication yes',
        'AuthenticationMethods ' . one( 'publickey', 'publickey,password', 'any' ),
        'PasswordAuthentication no', 'MaxSessions ' . one( 0, 1, 10 ),
        'ForceCommand ' . one( '/bin/false', 'none' ), 'PermitTTY no',
        'AuthorizedKeysFile ' . one( '.ssh/authorized_keys', '%h/.ssh/authorized_keys', '/etc/ssh/keys/%u' ),
        'PubkeyAcceptedAlgorithms ' . one( 'ssh-ed25519', 'rsa-sha2-512', '+ssh-rsa' ),
        'AllowTcpForwarding no', 'Banner /etc/issue.net'
    );
}

sub hosts_part {
    my $a = $six ? "[$master]" : $master;
    my @who = ( 'ALL', $a, 'master', 'LOCAL', $six ? '[2001:db8::]/64' : '192.0.2.', $six ? '[fc00::]/7' : '198.51.100.0/255.255.255.0' );
    my $line = sub {
        one( 'sshd', 'ALL', 'in.ftpd', 'sshd, in.ftpd', 'ALL EXCEPT sshd' ) . ' : '
          . join( ', ', some( 2, sub { one(@who) } ) )
          . ( maybe(0.2) ? ' EXCEPT ' . one(@who) : '' )
          . one( '', '', ' : ' . one( 'allow', 'deny' ) ) . "\n";
    };
    return ( maybe(0.5) ? feed( 'cat >/etc/hosts.allow', join '', some( 2, $line ) ) : '' )
      . ( maybe(0.8) ? feed( 'cat >/etc/hosts.deny', join '', some( 2, $line ) ) : '' );
}

sub pam_part {
    my $file = one( 'access', 'time', 'list', 'succeed', 'module' );
    my $line = {
        access  => 'account required pam_access.so',
        time    => 'account required pam_time.so',
        list    => 'account required pam_listfile.so onerr=succeed item=user sense=' . one( 'allow', 'deny' ) . ' file=/etc/ssh/names',
        succeed => 'account required pam_succeed_if.so quiet ' . one( 'uid >= 1000', 'uid < 1000', 'user ingroup bijk', 'user notin root:games:bijk', 'shell != /bin/sh' ),
        module  => one( 'account required pam_shells.so', 'auth requisite pam_deny.so', 'session optional pam_deny.so', 'account sufficient pam_permit.so' ),
    }->{$file};
    return feed( 'cat >/etc/ssh/names', join '', map { "$_\n" } some( 2, sub { one( 'bijk', 'root' ) } ) )
      . feed( 'cat >>/etc/security/access.conf', join '', some( 3, sub {
            one( '+', '-' ) . ' : ' . one( 'ALL', 'bijk', 'root', 'ALL EXCEPT bijk', '(bijk)' ) . ' : '
              . one( 'ALL', address(), 'LOCAL' ) . "\n" } ) )
      . feed( 'cat >>/etc/security/time.conf', one( 'sshd', '*', 'login' ) . ';*;' . one( 'bijk', 'root', '!root' ) . ';' . one( '!Al0000-2400', 'Al0000-2400' ) . "\n" )
      . ( maybe(0.5) ? "sed -i '1i $line' /etc/pam.d/sshd\n" : "echo '$line' >>/etc/pam.d/sshd\n" );
}

sub account_part {
    return one(
        'usermod -e ' . one( 1, '2099-01-01' ) . " bijk\n",
        "usermod -L bijk\n",
        "usermod -p '*' bijk\n",
        'chage -d ' . one( 0, '2020-01-01' ) . " bijk\n",
        "chage -d 2020-01-01 -M 30 bijk\n",
        "echo 'at noon' >/etc/nologin\n",
        'usermod -s ' . one( '/bin/false', '/usr/sbin/nologin', '/nonexistent' ) . " bijk\n",
        'chmod ' . one( 700, 755, 775, 777 ) . " /var/lib/bijk\n",
        'chmod ' . one( 600, 644, 666 ) . " /var/lib/bijk/.ssh/authorized_keys\n",
        "gpasswd -a bijk games >/dev/null\n",
        "sed -i 's/^UsePAM yes/UsePAM no/' /etc/ssh/sshd_config\nsshd_has\n",
        "sshd_has 'StrictModes no'\n",
    );
}

# A command with its standard input; what refuses it is as if it were not there.
sub feed {
    my ( $command, $text ) = @_;
    return "$command <<'END_OF_TEXT' || echo refused: '$command'\n${text}END_OF_TEXT\n";
}

print '# ', ( $six ? 6 : 4 ), "\n";
my @parts = (
    [ 0.30, \&iptables_part ], [ 0.35, \&nft_part ], [ 0.45, \&sshd_part ], [ 0.25, \&hosts_part ],
    [ 0.25, \&pam_part ],      [ 0.25, \&account_part ],
);
my @machine;
@machine = map { maybe( $_->[0] ) ? $_->[1]->() : () } @parts while !@machine;
print @machine;
